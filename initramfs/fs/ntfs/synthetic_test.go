package ntfs

import (
	"bytes"
	"testing"
	"unicode"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// Geometry of the synthetic volume: 1 MiB with clusters and records of 1 KiB
// and index blocks of 4 KiB.
const (
	tCluster  = 1024
	tClusters = 1024
	tMFT      = 16 // cluster of record 0; 64 records follow
	tUpCase   = 100
	tLog      = 240
	tBitmap   = 310
	tFree     = 400 // clusters from here on are for the tests
)

// memory is a Device in memory.
type memory struct {
	b      []byte
	writes int
}

func (m *memory) Size() int64     { return int64(len(m.b)) }
func (m *memory) SectorSize() int { return 512 }
func (m *memory) Flush() error    { return nil }
func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(m.b).ReadAt(p, off)
}
func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	m.writes++
	return copy(m.b[off:], p), nil
}

var _ block.Device = (*memory)(nil)

// tVolume is a volume made by the test, byte by byte.
type tVolume struct{ memory }

// entry is a file to be put into an index.
type entry struct {
	name      string
	no        uint64
	seq       uint16
	namespace byte
	sub       int64 // VCN of a subnode, -1: none
}

func newTestVolume() *tVolume {
	v := &tVolume{memory{b: make([]byte, tCluster*tClusters)}}
	copy(v.b, bootBytes())
	v.record(recordMFT, recFlagInUse, stdInfo(6), nonResident(attrData, "", 64*tCluster, 64*tCluster, 0, run{0, tMFT, 64}))
	v.record(recordLogFile, recFlagInUse, nonResident(attrData, "", 64<<10, 64<<10, 0, run{0, tLog, 64}))
	copy(v.b[tLog*tCluster:], bytes.Repeat([]byte{0xff}, 64<<10))
	v.record(recordVolume, recFlagInUse, resident(attrVolumeName, "", u16s("Label")),
		resident(attrVolumeInformation, "", []byte{0, 0, 0, 0, 0, 0, 0, 0, 3, 1, 0x80, 0}))
	v.record(recordBitmap, recFlagInUse, nonResident(attrData, "", tClusters/8, tClusters/8, 0, run{0, tBitmap, 1}))
	copy(v.b[tBitmap*tCluster:], bytes.Repeat([]byte{0xff}, tClusters/8))
	v.record(recordUpCase, recFlagInUse, nonResident(attrData, "", upcaseSize, upcaseSize, 0, run{0, tUpCase, 128}))
	for i := range 1 << 16 {
		u := rune(i)
		if up := unicode.ToUpper(u); up < 1<<16 {
			u = up
		}
		le.PutUint16(v.b[tUpCase*tCluster+2*i:], uint16(u))
	}
	v.dir(recordRoot)
	return v
}

func bootBytes() []byte {
	b := make([]byte, 512)
	copy(b, "\xeb\x52\x90NTFS    ")
	le.PutUint16(b[0x0b:], 512)
	b[0x0d], b[0x15], b[0x24] = tCluster/512, 0xf8, 0x80
	le.PutUint16(b[0x18:], 63)
	le.PutUint16(b[0x1a:], 255)
	le.PutUint32(b[0x1c:], 2048)
	le.PutUint64(b[0x28:], tClusters*tCluster/512)
	le.PutUint64(b[0x30:], tMFT)
	le.PutUint64(b[0x38:], 300)
	b[0x40], b[0x44] = 0xf6, 0xf4 // 2^10 and 2^12 bytes
	le.PutUint64(b[0x48:], 0x1122334455667788)
	b[510], b[511] = 0x55, 0xaa
	return b
}

func u16s(s string) []byte {
	var b []byte
	for _, u := range fs.EncodeName(s) {
		b = le.AppendUint16(b, u)
	}
	return b
}

func pad8(b []byte) []byte { return append(b, make([]byte, -len(b)&7)...) }

// resident makes an attribute; its instance is set by record.
func resident(t attrType, name string, value []byte) []byte {
	b := make([]byte, residentHeaderSize)
	le.PutUint32(b, uint32(t))
	b[9] = byte(len(fs.EncodeName(name)))
	le.PutUint16(b[0x0a:], residentHeaderSize)
	b = pad8(append(b, u16s(name)...))
	le.PutUint32(b[0x10:], uint32(len(value)))
	le.PutUint16(b[0x14:], uint16(len(b)))
	b = pad8(append(b, value...))
	le.PutUint32(b[4:], uint32(len(b)))
	return b
}

func nonResident(t attrType, name string, size, init int64, flags uint16, runs ...run) []byte {
	b := make([]byte, nonResidentHeaderSize)
	le.PutUint32(b, uint32(t))
	b[8], b[9] = 1, byte(len(fs.EncodeName(name)))
	le.PutUint16(b[0x0a:], nonResidentHeaderSize)
	le.PutUint16(b[0x0c:], flags)
	b = pad8(append(b, u16s(name)...))
	first, last := runs[0].vcn, runs[len(runs)-1]
	le.PutUint64(b[0x10:], uint64(first))
	le.PutUint64(b[0x18:], uint64(last.end()-1))
	le.PutUint16(b[0x20:], uint16(len(b)))
	le.PutUint64(b[0x28:], uint64((size+tCluster-1)/tCluster*tCluster))
	le.PutUint64(b[0x30:], uint64(size))
	le.PutUint64(b[0x38:], uint64(init))
	b = pad8(append(b, encodeRuns(runs)...))
	le.PutUint32(b[4:], uint32(len(b)))
	return b
}

// encodeRuns uses fields of 8 bytes for all that is not a hole.
func encodeRuns(runs []run) []byte {
	var b []byte
	var lcn LCN
	for _, r := range runs {
		if r.lcn == hole {
			b = append(b, 0x08)
			b = le.AppendUint64(b, uint64(r.n))
			continue
		}
		b = append(b, 0x88)
		b = le.AppendUint64(b, uint64(r.n))
		b = le.AppendUint64(b, uint64(r.lcn-lcn))
		lcn = r.lcn
	}
	return append(b, 0)
}

// protect puts fix-ups on a structure whose array is at ofs.
func protect(b []byte, ofs int) {
	le.PutUint16(b[4:], uint16(ofs))
	le.PutUint16(b[6:], uint16(1+len(b)/512))
	le.PutUint16(b[ofs:], 7)
	for i := 1; i <= len(b)/512; i++ {
		copy(b[ofs+2*i:], b[512*i-2:512*i])
		le.PutUint16(b[512*i-2:], 7)
	}
}

// record writes an MFT record with sequence number 1.
func (v *tVolume) record(no uint64, flags uint16, attrs ...[]byte) {
	v.extension(no, 0, flags, attrs...)
}

func (v *tVolume) extension(no, base uint64, flags uint16, attrs ...[]byte) {
	b := make([]byte, tCluster)
	copy(b, "FILE")
	le.PutUint16(b[recSequence:], 1)
	le.PutUint16(b[recAttrs:], 0x38)
	le.PutUint16(b[recFlags:], flags)
	le.PutUint32(b[recAllocated:], tCluster)
	if base != 0 {
		le.PutUint64(b[recBase:], base|1<<48)
	}
	at := 0x38
	for i, a := range attrs {
		le.PutUint16(a[0x0e:], uint16(i))
		at += copy(b[at:], a)
	}
	le.PutUint32(b[at:], uint32(attrEnd))
	le.PutUint32(b[recInUse:], uint32(at+8))
	protect(b, 0x30)
	copy(v.b[(tMFT+no)*tCluster:], b)
}

func stdInfo(attr uint32) []byte {
	b := make([]byte, 0x48)
	le.PutUint64(b[8:], 116444736000000000+10_000_000) // 1970-01-01 00:00:01
	le.PutUint32(b[0x20:], attr)
	return resident(attrStandardInformation, "", b)
}

// file writes a record with the given data attributes.
func (v *tVolume) file(no uint64, attrs ...[]byte) {
	v.record(no, recFlagInUse, append([][]byte{stdInfo(0x20)}, attrs...)...)
}

// fileNameBytes makes a $FILE_NAME of a file in the directory parent.
func fileNameBytes(parent uint64, e entry) []byte {
	b := make([]byte, fnName)
	le.PutUint64(b, parent|1<<48)
	b[fnLength], b[fnNamespace] = byte(len(fs.EncodeName(e.name))), e.namespace
	return append(b, u16s(e.name)...)
}

// entries makes index entries with an end entry, whose subnode is last.
func entries(parent uint64, list []entry, last int64) []byte {
	var all []byte
	add := func(ref uint64, key []byte, flags uint16, sub int64) {
		b := make([]byte, 0x10)
		le.PutUint64(b, ref)
		le.PutUint16(b[0x0a:], uint16(len(key)))
		b = pad8(append(b, key...))
		if sub >= 0 {
			flags |= entryNode
			b = le.AppendUint64(b, uint64(sub))
		}
		le.PutUint16(b[0x0c:], flags)
		le.PutUint16(b[8:], uint16(len(b)))
		all = append(all, b...)
	}
	for _, e := range list {
		add(e.no|uint64(max(e.seq, 1))<<48, fileNameBytes(parent, e), 0, e.sub)
	}
	add(0, nil, entryEnd, last)
	return all
}

func nodeBytes(e []byte) []byte {
	b := make([]byte, 0x10)
	le.PutUint32(b, 0x10)
	le.PutUint32(b[4:], uint32(0x10+len(e)))
	le.PutUint32(b[8:], uint32(0x10+len(e)))
	return append(b, e...)
}

func indexRoot(e []byte) []byte {
	b := make([]byte, 0x10)
	le.PutUint32(b, uint32(attrFileName))
	le.PutUint32(b[4:], 1)
	le.PutUint32(b[8:], 4096)
	b[0x0c] = 4
	return append(b, nodeBytes(e)...)
}

// dir writes a directory whose entries all lie in the root.
func (v *tVolume) dir(no uint64, list ...entry) {
	for i := range list {
		list[i].sub = -1
	}
	v.record(no, recFlagInUse|recFlagDirectory, stdInfo(0), resident(attrIndexRoot, "$I30", indexRoot(entries(no, list, -1))))
}

// bigDir writes a directory with one index block per element of blocks, at
// tFree; root holds what is between them.
func (v *tVolume) bigDir(no uint64, root []entry, last int64, blocks ...[]byte) {
	n := int64(len(blocks))
	v.record(no, recFlagInUse|recFlagDirectory, stdInfo(0), resident(attrIndexRoot, "$I30", indexRoot(entries(no, root, last))),
		nonResident(attrIndexAllocation, "$I30", n*4096, n*4096, 0, run{0, tFree, 4 * n}))
	for i, e := range blocks {
		b := make([]byte, 4096)
		copy(b, "INDX")
		le.PutUint64(b[0x10:], uint64(4*i))
		h := nodeBytes(e)
		le.PutUint32(h, 0x28) // the entries start behind the update sequence array
		le.PutUint32(h[4:], uint32(0x28+len(e)))
		copy(b[0x18:], h[:0x10])
		copy(b[0x40:], e)
		protect(b, 0x28)
		copy(v.b[tFree*tCluster+4096*i:], b)
	}
}

// open opens the volume, which must work.
func (v *tVolume) open(t *testing.T) *Volume {
	t.Helper()
	o, err := Open(v)
	if err != nil {
		t.Fatal(err)
	}
	return o
}
