package regfcheck

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// mend changes what makes a finding go away and says in a sentence what it did;
// "" when it found that it cannot, or not yet.
type mend func(*fixer) string

// set writes a number that the rest of the hive proves.
func set(at int64, v uint32) mend {
	return func(f *fixer) string {
		f.put32(at, v)
		return fmt.Sprintf("%#x was written at %#x", v, at)
	}
}

func set16(at int64, v uint16) mend {
	return func(f *fixer) string {
		f.put16(at, v)
		return fmt.Sprintf("%#x was written at %#x", v, at)
	}
}

// allocate marks a cell that is in use as allocated.
func allocate(off uint32) mend {
	return func(f *fixer) string {
		if n := int32(f.u32(baseSize + int64(off))); n > 0 {
			f.put32(baseSize+int64(off), uint32(-n))
		}
		return "the cell was marked as allocated"
	}
}

// mendBase makes the base block fit the hive that follows it.
func (c *checker) mendBase(f *fixer) string {
	b := f.bytes(0, sector)
	version := le.Uint32(b[offMinor:])
	copy(b, "regf")
	if version < 3 || version > 6 {
		version = 3
		if c.lists[1] > 0 || c.dbs > 0 {
			version = 5 // lists with hashes came with Windows XP
		}
	}
	if n := le.Uint32(b[offCluster:]); n < 1 || n > 8 {
		le.PutUint32(b[offCluster:], 1)
	}
	seq := max(le.Uint32(b[offSeq1:]), le.Uint32(b[offSeq2:]))
	for off, v := range map[int]uint32{offSeq1: seq, offSeq2: seq, offMajor: 1, offMinor: version, offType: 0,
		offFormat: 1, offRoot: c.root, offBins: uint32(c.bins)} {
		le.PutUint32(b[off:], v)
	}
	le.PutUint32(b[offChecksum:], regf.Checksum(b))
	f.write(b, 0)
	return fmt.Sprintf("the base block was made to fit: version 1.%d, root key at %#x, %#x bytes of hbins, sequence number %d", version, c.root, c.bins, seq)
}

// drop takes an entry from a subkey list at the end of the round.
func (f *fixer) drop(list uint32, i int) {
	f.drops[list] = append(f.drops[list], i)
	f.cut = true
}

// dropValue takes a value from a key at the end of the round.
func (f *fixer) dropValue(key uint32, i int) {
	f.valueDrops[key] = append(f.valueDrops[key], i)
	f.cut = true
}

// dropEntries closes the gaps; the count of the key follows in the next round.
func (f *fixer) dropEntries(list uint32, gone []int) {
	head := f.bytes(pos(list), 4)
	n := int(le.Uint16(head[2:]))
	l := leaf{off: list, kind: head[1]}
	var kept []byte
	drop := setOf(gone)
	for i := range n {
		if !drop[i] {
			kept = append(kept, f.bytes(l.at(i), int(l.width()))...)
		}
	}
	f.put16(pos(list)+2, uint16(len(kept)/int(l.width())))
	f.write(kept, pos(list)+4)
}

func (f *fixer) dropValues(key uint32, gone []int) {
	at := pos(key)
	n, list := int(f.u32(at+nkValues)), f.u32(at+nkValueList)
	var kept []byte
	left := uint32(0)
	drop := setOf(gone)
	for i := range n {
		if !drop[i] {
			kept = append(kept, f.bytes(pos(list)+int64(i)*4, 4)...)
			left++
		}
	}
	f.write(kept, pos(list))
	f.put32(at+nkValues, left)
	if left == 0 {
		f.put32(at+nkValueList, none)
	}
}

func setOf(list []int) map[int]bool {
	m := make(map[int]bool, len(list))
	for _, i := range list {
		m[i] = true
	}
	return m
}
