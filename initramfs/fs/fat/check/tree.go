package check

import (
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// maxDirectory is the largest directory: 65,536 entries.
const maxDirectory = 65536 * 32

// folder is a directory that is still to be looked at.
type folder struct {
	path         string
	self, parent uint32 // what "." and ".." should say
	root         bool
}

// tree looks at all directories.
func (c *checker) tree() error {
	todo := []folder{{root: true, self: uint32(c.boot.RootCluster)}}
	for len(todo) > 0 {
		f := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		b, err := c.content(f)
		if err != nil {
			return err
		}
		sub, err := c.directory(f, b)
		if err != nil {
			return err
		}
		todo = append(todo, sub...)
		c.r.Directories++
	}
	return nil
}

// content reads a directory.
func (c *checker) content(f folder) ([]byte, error) {
	if f.root && c.boot.RootEntries > 0 {
		n := 32 * int64(c.boot.RootEntries)
		return c.read(c.data-(n+c.sector-1)/c.sector*c.sector, n)
	}
	list, err := c.chain(f.path+`\`, f.self)
	if err != nil {
		return nil, err
	}
	if n := int64(len(list)) * c.cluster; n > max(maxDirectory, c.cluster) {
		c.bad(Directory, f.path+`\`, "%d bytes", n)
		list = list[:maxDirectory/c.cluster]
	}
	var b []byte
	for _, n := range list {
		part, err := c.read(c.data+int64(n-2)*c.cluster, c.cluster)
		if err != nil {
			return nil, err
		}
		b = append(b, part...)
	}
	return b, nil
}

// directory looks at the entries of one directory and returns those below.
func (c *checker) directory(f folder, b []byte) (sub []folder, err error) {
	seen := map[string]bool{}
	var pieces [][]byte // of a long name
	for i := 0; i < len(b) && b[i] != 0; i += 32 {
		e := b[i : i+32]
		switch {
		case e[0] == 0xe5:
			c.leftOver(f, pieces)
			pieces = nil
			continue
		case e[11]&0x3f == 0x0f:
			if e[0]&0x40 != 0 {
				c.leftOver(f, pieces)
				pieces = nil
			}
			pieces = append(pieces, e)
			continue
		case e[11]&8 != 0: // volume label
			c.leftOver(f, pieces)
			pieces = nil
			continue
		}
		name := string(e[:11])
		path := f.path + `\` + strings.TrimRight(name[:8], " ") + "." + strings.TrimRight(name[8:], " ")
		c.longName(path, e, pieces)
		pieces = nil
		if e[0] == '.' {
			c.dot(f, i/32, e)
			continue
		}
		if seen[name] {
			c.bad(ShortName, path, "there twice")
		}
		seen[name] = true
		if e[0] == ' ' || strings.ContainsAny(name, "\"*+,./:;<=>?[\\]|abcdefghijklmnopqrstuvwxyz\x00\x01\x02\x03\x04\x06\x07\x08\x09") {
			c.bad(ShortName, path, "%q is not allowed", name)
		}
		if e[11]&0x10 != 0 {
			sub = append(sub, folder{path: path, self: c.start(e), parent: f.self, root: false})
			if f.root {
				sub[len(sub)-1].parent = 0
			}
			continue
		}
		if err := c.file(path, e); err != nil {
			return nil, err
		}
	}
	c.leftOver(f, pieces)
	if !f.root && (len(b) < 64 || b[0] != '.' || b[32] != '.') {
		c.bad(Dot, f.path, `does not start with "." and ".."`)
	}
	return sub, nil
}

func (c *checker) start(e []byte) uint32 {
	n := uint32(le.Uint16(e[26:]))
	if c.boot.Kind == fs.FAT32 {
		n |= uint32(le.Uint16(e[20:])) << 16
	}
	return n
}

// dot looks at one of the first two entries of a directory.
func (c *checker) dot(f folder, slot int, e []byte) {
	want, name := f.self, ".          "
	if slot == 1 {
		want, name = f.parent, "..         "
	}
	if f.root || slot > 1 || string(e[:11]) != name || e[11]&0x10 == 0 || c.start(e) != want {
		c.bad(Dot, f.path, "entry %d: %q, cluster %#x, expected %q, %#x", slot, e[:11], c.start(e), name, want)
	}
}

func (c *checker) file(path string, e []byte) error {
	c.r.Files++
	size, first := int64(le.Uint32(e[28:])), c.start(e)
	if first == 0 {
		if size > 0 {
			c.bad(Size, path, "%d bytes, but no cluster", size)
		}
		return nil
	}
	list, err := c.chain(path, first)
	if want := (size + c.cluster - 1) / c.cluster; err == nil && int64(len(list)) != want {
		c.bad(Size, path, "%d bytes in %d clusters, expected %d", size, len(list), want)
	}
	return err
}

// leftOver reports pieces of a long name that belong to nothing.
func (c *checker) leftOver(f folder, pieces [][]byte) {
	if len(pieces) > 0 {
		c.bad(LongName, f.path+`\`, "%d pieces of a long name that belong to no entry", len(pieces))
	}
}

// longName compares the pieces before an entry with it.
func (c *checker) longName(path string, e []byte, pieces [][]byte) {
	var sum byte
	for _, b := range e[:11] {
		sum = sum>>1 | sum<<7
		sum += b
	}
	for i, p := range pieces {
		want := byte(len(pieces) - i)
		if i == 0 {
			want |= 0x40
		}
		if p[0] != want || p[13] != sum || p[12] != 0 {
			c.bad(LongName, path, "piece %d of %d is number %#02x with checksum %#02x, expected %#02x, %#02x", i, len(pieces), p[0], p[13], want, sum)
			return
		}
	}
}
