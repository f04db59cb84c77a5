package ntfslog

import (
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"unicode/utf16"
)

var le = binary.LittleEndian

// Attribute types (layout.h of ntfs-3g).
const (
	typeInformation = 0x10
	typeFileName    = 0x30
	typeData        = 0x80
	typeRoot        = 0x90
	typeAllocation  = 0xA0
	typeBitmap      = 0xB0
	typeEnd         = 0xFFFFFFFF
)

// Records of the file system itself.
const (
	recordMFT     = 0
	recordLogFile = 2
	recordBitmap  = 6
)

// Volume is as much of an NTFS volume of mkntfs as its log needs.
type Volume struct {
	f       *os.File
	base    int64 // of the volume in the file
	cluster int64 // bytes
	record  int64 // bytes
	mft     []run
}

// run is a piece of an attribute: clusters from VCN and LCN on.
type run struct{ vcn, lcn, n int64 }

// Open opens the volume at base of an image, for reading and writing. Offsets
// in the boot sector: bytes per sector 0b, sectors per cluster 0d, LCN of $MFT
// 30, size of a record (-log2) 40.
func Open(image string, base int64) (*Volume, error) {
	f, err := os.OpenFile(image, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	v := &Volume{f: f, base: base}
	b := make([]byte, 512)
	if _, err := f.ReadAt(b, base); err != nil {
		return nil, v.fail(err)
	}
	if string(b[3:7]) != "NTFS" || int8(b[0x40]) >= 0 || b[0x0D] > 128 {
		return nil, v.fail(fmt.Errorf("%s at %#x: no NTFS of mkntfs", image, base))
	}
	v.cluster = int64(le.Uint16(b[0x0B:])) * int64(b[0x0D])
	v.record = 1 << -int8(b[0x40])
	v.mft = []run{{0, int64(le.Uint64(b[0x30:])), 16 * v.record / v.cluster}}
	r, err := v.Record(recordMFT)
	if err != nil {
		return nil, v.fail(err)
	}
	if v.mft, err = r.runs(r.find(typeData, "")); err != nil {
		return nil, v.fail(err)
	}
	return v, nil
}

func (v *Volume) fail(err error) error {
	v.f.Close()
	return err
}

// Close closes the image.
func (v *Volume) Close() error { return v.f.Close() }

func (v *Volume) read(lcn, n int64) ([]byte, error) {
	b := make([]byte, n)
	_, err := v.f.ReadAt(b, v.base+lcn*v.cluster)
	return b, err
}

// lcnOf is where the cluster vcn of an attribute lies.
func lcnOf(runs []run, vcn int64) (int64, error) {
	for _, r := range runs {
		if vcn >= r.vcn && vcn < r.vcn+r.n {
			return r.lcn + vcn - r.vcn, nil
		}
	}
	return 0, fmt.Errorf("cluster %d is not in %v", vcn, runs)
}

// Record is a file record without its fix-ups.
type Record struct {
	No int64
	b  []byte
}

// Record reads the file record no.
func (v *Volume) Record(no int64) (*Record, error) {
	at := no * v.record
	lcn, err := lcnOf(v.mft, at/v.cluster)
	if err != nil {
		return nil, err
	}
	b := make([]byte, v.record)
	if _, err := v.f.ReadAt(b, v.base+lcn*v.cluster+at%v.cluster); err != nil {
		return nil, err
	}
	if err := unprotect(b, "FILE"); err != nil {
		return nil, fmt.Errorf("file record %d: %w", no, err)
	}
	return &Record{no, b}, nil
}

func (r *Record) u16(at int) int { return int(le.Uint16(r.b[at:])) }
func (r *Record) u32(at int) int { return int(le.Uint32(r.b[at:])) }

func (r *Record) inUse() bool       { return r.u16(0x16)&1 != 0 }
func (r *Record) used() int         { return r.u32(0x18) }
func (r *Record) ref() uint64       { return uint64(r.No) | uint64(r.u16(0x10))<<48 }
func (r *Record) length(at int) int { return r.u32(at + 4) }

// attributes calls fn for each attribute until it returns false.
func (r *Record) attributes(fn func(at int) bool) {
	for at := r.u16(0x14); at+8 <= r.used() && le.Uint32(r.b[at:]) != typeEnd; at += r.length(at) {
		if r.length(at) < 0x18 || !fn(at) {
			return
		}
	}
}

// find is the offset of the attribute with that type and name, 0 without one.
func (r *Record) find(kind uint32, name string) (found int) {
	r.attributes(func(at int) bool {
		n, off := int(r.b[at+9]), r.u16(at+0x0A)
		if le.Uint32(r.b[at:]) == kind && text(r.b[at+off:], n) == name {
			found = at
		}
		return found == 0
	})
	return found
}

// value is that of a resident attribute.
func (r *Record) value(at int) []byte {
	from := at + r.u16(at+0x14)
	return r.b[from : from+r.u32(at+0x10)]
}

// names are the file names of the record, with the number of the parent.
func (r *Record) names() (parent int64, all []string) {
	r.attributes(func(at int) bool {
		if le.Uint32(r.b[at:]) == typeFileName && r.b[at+8] == 0 {
			b := r.value(at)
			parent = int64(le.Uint64(b) & (1<<48 - 1))
			all = append(all, text(b[0x42:], int(b[0x40])))
		}
		return true
	})
	return parent, all
}

// runs decodes the mapping pairs of a non-resident attribute.
func (r *Record) runs(at int) (all []run, err error) {
	if at == 0 || r.b[at+8] == 0 {
		return nil, fmt.Errorf("file record %d: no runs", r.No)
	}
	var vcn, lcn int64
	for p := at + r.u16(at+0x20); r.b[p] != 0; {
		nlen, nlcn := int(r.b[p]&15), int(r.b[p]>>4)
		n := signed(r.b[p+1 : p+1+nlen])
		p += 1 + nlen
		if nlcn == 0 {
			return nil, fmt.Errorf("file record %d: a hole", r.No)
		}
		lcn += signed(r.b[p : p+nlcn])
		p += nlcn
		all = append(all, run{vcn, lcn, n})
		vcn += n
	}
	return all, nil
}

// signed reads a little endian number of any length.
func signed(b []byte) int64 {
	var n int64
	for i := len(b) - 1; i >= 0; i-- {
		n = n<<8 | int64(b[i])
	}
	shift := 64 - 8*len(b)
	return n << shift >> shift
}

func text(b []byte, n int) string {
	u := make([]uint16, n)
	for i := range u {
		u[i] = le.Uint16(b[2*i:])
	}
	return string(utf16.Decode(u))
}

// Find looks for the record of a path by going through the whole $MFT.
func (v *Volume) Find(path string) (*Record, error) {
	const root = 5
	at := int64(root)
	for _, name := range strings.Split(strings.Trim(path, `\`), `\`) {
		next := int64(-1)
		for no := int64(16); next < 0; no++ {
			r, err := v.Record(no)
			if err != nil {
				if _, end := lcnOf(v.mft, no*v.record/v.cluster); end != nil {
					return nil, fmt.Errorf("%s: not on the volume", path)
				}
				continue // not formatted
			}
			parent, names := r.names()
			for _, n := range names {
				if parent == at && strings.EqualFold(n, name) && r.inUse() {
					next = no
				}
			}
		}
		at = next
	}
	return v.Record(at)
}

// unprotect undoes the fix-ups of a record or a page.
func unprotect(b []byte, magic string) error {
	ofs, n := int(le.Uint16(b[4:])), int(le.Uint16(b[6:]))
	if string(b[:4]) != magic || n != 1+len(b)/512 || ofs+2*n > 512 {
		return fmt.Errorf("%q is no %s", b[:4], magic)
	}
	for i := 1; i < n; i++ {
		if le.Uint16(b[512*i-2:]) != le.Uint16(b[ofs:]) {
			return fmt.Errorf("torn in sector %d", i-1)
		}
		copy(b[512*i-2:512*i], b[ofs+2*i:])
	}
	return nil
}

// protect applies them, with a sequence number.
func protect(b []byte, number uint16) {
	ofs, n := int(le.Uint16(b[4:])), int(le.Uint16(b[6:]))
	le.PutUint16(b[ofs:], number)
	for i := 1; i < n; i++ {
		copy(b[ofs+2*i:ofs+2*i+2], b[512*i-2:512*i])
		le.PutUint16(b[512*i-2:], number)
	}
}
