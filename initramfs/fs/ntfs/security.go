package ntfs

import (
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// attrSecurity is the type of $SECURITY_DESCRIPTOR, which every file of NTFS
// 1.2 has and some of later versions.
const attrSecurity attrType = 0x50

// maxSecurity bounds a security descriptor.
const maxSecurity = 64 << 10

// security is who may do what with a file: an entry of $Secure, or a
// descriptor of its own.
type security struct {
	id         uint32
	descriptor []byte
}

func (s security) none() bool { return s.id == 0 && s.descriptor == nil }

// securityOf reads the security of a file.
func (c *change) securityOf(f *editFile) (s security, err error) {
	if a := f.find(attrSecurity, nil); a != nil {
		b, err := c.valueOf(a, maxSecurity)
		return security{descriptor: tightDescriptor(b)}, err
	}
	if a := f.find(attrStandardInformation, nil); a != nil && !a.nonRes && len(a.value) >= siSizeNew {
		s.id = le.Uint32(a.value[siSecurity:])
	}
	return s, nil
}

// securityIn finds the security for a new file: for a directory that of its
// parent, for a file that of a neighbour, best one with the same extension.
// What is missing comes from the directories above.
func (c *change) securityIn(p *place, name []uint16, isDir bool) (s security, err error) {
	if !isDir {
		s, err = c.neighbour(p.t, name)
	}
	if err != nil || !s.none() {
		return s, err
	}
	for _, no := range []uint64{p.df.no, recordRoot} {
		f, err := c.file(no)
		if err != nil {
			return s, err
		}
		if s, err = c.securityOf(f); err != nil || !s.none() {
			return s, err
		}
	}
	return s, nil
}

// neighbour looks at the files whose names lie beside the new one.
func (c *change) neighbour(t *tree, name []uint16) (security, error) {
	path, _, err := t.descend(keyOf(name))
	if err != nil {
		return security{}, err
	}
	var first, best ref
	for _, s := range slices.Backward(path) {
		for _, e := range s.n.entries[:s.n.last()] {
			fn := fileName(e.key())
			const special = uint32(fs.AttrReparse | fs.AttrEncrypted)
			if e.ref().number() < firstUserEntry || le.Uint32(fn[fnAttributes:])&(directoryBit|special) != 0 {
				continue
			}
			if first == 0 {
				first = e.ref()
			}
			if best == 0 && c.upcase.compareFold(extension(fn.name()), extension(name)) == 0 {
				best = e.ref()
			}
		}
	}
	if best == 0 {
		best = first
	}
	if best == 0 {
		return security{}, nil
	}
	in, err := c.openRef(best)
	if err != nil || in.rec.isDir() {
		return security{}, nil // a damaged neighbour is no model, and no obstacle
	}
	f := &editFile{c: c, no: in.rec.no}
	if f.loadAttrs(in) != nil {
		return security{}, nil
	}
	return c.securityOf(f)
}

// extension is the part of a name behind its last dot.
func extension(u []uint16) []uint16 {
	for i := len(u) - 1; i >= 0; i-- {
		if u[i] == '.' {
			return u[i+1:]
		}
	}
	return nil
}
