package checktest

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/sys/unix"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/tests/volume"
)

var le = binary.LittleEndian

// raw is a volume in memory whose bytes are edited by hand, with as little
// knowledge of NTFS as that takes.
type raw struct {
	t *testing.T
	b []byte
}

func (r *raw) ReadAt(p []byte, off int64) (int, error) { return copy(p, r.b[off:]), nil }
func (r *raw) WriteAt([]byte, int64) (int, error)      { return 0, block.ErrReadOnly }
func (r *raw) Size() int64                             { return int64(len(r.b)) }
func (r *raw) SectorSize() int                         { return 512 }
func (r *raw) Flush() error                            { return nil }

// The volume of these tests.
const (
	cluster    = 4096
	recordSize = 1024
	dataAttr   = 0x80
)

// sample makes the volume that is damaged, through ntfs-3g.
func sample(t *testing.T) []byte {
	t.Helper()
	path := volume.NTFS(t, 24<<20, cluster, 512)
	volume.Fill(t, path, func(dir string) {
		fill(t, dir)
		if err := unix.Setxattr(filepath.Join(dir, "few/large 2"), "system.ntfs_dos_name", []byte("LARGE~1"), 0); err != nil {
			t.Fatal(err)
		}
	})
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// record calls edit with a record whose fix-ups are taken out, and puts them
// back.
func (r *raw) record(no int, edit func(b []byte)) {
	at := r.recordAt(no)
	edited(r.b[at:at+recordSize], edit)
}

func (r *raw) recordAt(no int) int {
	want := no * recordSize
	for _, u := range r.runs(int(le.Uint64(r.b[0x30:]))*cluster, dataAttr) {
		if want < u.n*cluster {
			return u.lcn*cluster + want
		}
		want -= u.n * cluster
	}
	r.t.Fatalf("no record %d", no)
	return 0
}

func edited(b []byte, edit func(b []byte)) {
	ofs, n := int(le.Uint16(b[4:])), int(le.Uint16(b[6:]))
	usn := le.Uint16(b[ofs:])
	for i := 1; i < n; i++ {
		copy(b[i*512-2:i*512], b[ofs+2*i:])
	}
	edit(b)
	for i := 1; i < n; i++ {
		copy(b[ofs+2*i:ofs+2*i+2], b[i*512-2:])
		le.PutUint16(b[i*512-2:], usn)
	}
}

// named finds the record of a file by its name.
func (r *raw) named(name string) int {
	key := string(utf16le(name))
	for no := 24; ; no++ {
		at := r.recordAt(no)
		b := r.b[at : at+recordSize]
		if string(b[:4]) == "FILE" && le.Uint16(b[0x16:])&1 != 0 && strings.Contains(string(b[:510]), "\x00"+key) {
			if a := attr(b, 0x30, 0); a > 0 && int(b[a+0x18+0x40])*2 == len(key) {
				if base := int(le.Uint32(b[0x20:])); base != 0 {
					return base // the name was moved to an extension record
				}
				return no
			}
		}
	}
}

func utf16le(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = le.AppendUint16(b, u)
	}
	return b
}

// attr is the offset of the nth attribute of a type in a record; 0: none.
func attr(b []byte, typ uint32, nth int) int {
	for at := int(le.Uint16(b[0x14:])); at < len(b)-8 && le.Uint32(b[at:]) != 0xffffffff; at += int(le.Uint32(b[at+4:])) {
		if le.Uint32(b[at:]) == typ {
			if nth--; nth < 0 {
				return at
			}
		}
	}
	return 0
}

type rawRun struct{ lcn, n int }

// runs are those of the first attribute of a type in the record at a byte.
func (r *raw) runs(at int, typ uint32) []rawRun {
	b := r.b[at : at+recordSize]
	a := attr(b, typ, 0)
	if a == 0 || b[a+8] == 0 {
		r.t.Fatalf("no non-resident attribute %#x at %#x", typ, at)
	}
	p := b[a+int(le.Uint16(b[a+0x20:])):]
	var all []rawRun
	lcn := 0
	for p[0] != 0 {
		n, l := int(p[0]&15), int(p[0]>>4)
		length, delta := 0, 0
		for i := range n {
			length |= int(p[1+i]) << (8 * i)
		}
		for i := range l {
			delta |= int(p[1+n+i]) << (8 * i)
		}
		if l > 0 && p[n+l]&0x80 != 0 {
			delta -= 1 << (8 * l)
		}
		lcn += delta
		all = append(all, rawRun{lcn, length})
		p = p[1+n+l:]
	}
	return all
}

// attribute edits an attribute of a record, from its header on.
func (r *raw) attribute(no int, typ uint32, edit func(a []byte)) {
	r.record(no, func(b []byte) {
		a := attr(b, typ, 0)
		if a == 0 {
			r.t.Fatalf("record %d has no attribute %#x", no, typ)
		}
		edit(b[a:])
	})
}

// value edits the value of a resident attribute.
func (r *raw) value(no int, typ uint32, edit func(v []byte)) {
	r.attribute(no, typ, func(a []byte) { edit(a[le.Uint16(a[0x14:]):]) })
}

// indexBlock edits the nth block of a directory.
func (r *raw) indexBlock(no, nth int, edit func(b []byte)) {
	for _, u := range r.runs(r.recordAt(no), 0xa0) {
		if nth < u.n {
			at := (u.lcn + nth) * cluster
			edited(r.b[at:at+cluster], edit)
			return
		}
		nth -= u.n
	}
	r.t.Fatal("no such index block")
}

// leaf edits a leaf of a directory: a block without subnodes and with some
// entries. entries gives the offset of each in the block.
func (r *raw) leaf(no int, edit func(b []byte, entries []int)) {
	for i := 0; ; i++ {
		found := false
		r.indexBlock(no, i, func(b []byte) {
			var entries []int
			at := 0x18 + int(le.Uint32(b[0x18:]))
			for ; le.Uint16(b[at+0xc:])&2 == 0; at += int(le.Uint16(b[at+8:])) {
				entries = append(entries, at)
			}
			if found = b[0x24] == 0 && len(entries) > 5; found {
				edit(b, entries)
			}
		})
		if found {
			return
		}
	}
}

// changed gives the sectors that are different.
func changed(a, b []byte) []block.Range {
	var all []block.Range
	for off := 0; off < len(a); off += 512 {
		end := min(off+512, len(a))
		if string(a[off:end]) == string(b[off:end]) {
			continue
		}
		if n := len(all); n > 0 && all[n-1].End() == int64(off) {
			all[n-1].Len += 512
			continue
		}
		all = append(all, block.Range{Off: int64(off), Len: int64(end - off)})
	}
	return all
}

func flip(b []byte, i int64) { b[i/8] ^= 1 << (i % 8) }
