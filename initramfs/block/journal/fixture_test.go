package journal_test

import (
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/block/journal"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
)

// What the made-up volume of every test disk looks like, in clusters of 4 KiB
// from its first byte on.
const (
	cluster     = 4096
	bitmapAt    = 1 * cluster // one sector of bits
	logAt       = 2 * cluster // two pages
	volumeAt    = 4 * cluster // a record of two sectors
	dirtyByte   = volumeAt + 0x80
	recordsAt   = 5 * cluster
	dataAt      = 10 * cluster
	streamAt    = 20 * cluster
	streamLen   = 3 * cluster
	fat16At     = 25 * cluster // of a cluster each
	fat32At     = 26 * cluster
	freeAt      = 30 // first free cluster for the payload
	freeCount   = 60
	volumeBytes = 96 * cluster
)

// variant is one kind of transaction to try.
type variant struct {
	name     string
	sector   int
	home     int  // disk 0, disk 1 or journal.OnFile
	junk     bool // free clusters are not zero
	fragment bool // free space comes in pieces
	inVolume bool // the record with the dirty flag is changed as well
	gap      int64
	shift    int  // bit of cluster 0, to have the bits in two sectors
	cleanBit bool // the flag says "clean", as that of a FAT
}

func variants() []variant {
	return []variant{
		{name: "mbr", sector: 512, home: 0, gap: 63 * 512},
		{name: "gpt", sector: 512, home: 1, gap: 63 * 512, inVolume: true},
		{name: "mbr-fragments-junk", sector: 512, home: 0, fragment: true, junk: true, gap: 63 * 512},
		{name: "4Kn", sector: 4096, home: 1, gap: 64 << 10, inVolume: true},
		{name: "two-sectors-of-bits", sector: 512, home: 0, gap: 64 << 10, shift: 4060, cleanBit: true, inVolume: true},
		{name: "file", sector: 512, home: journal.OnFile, gap: 63 * 512, junk: true},
	}
}

// patient is a transaction over two disks, one like MBR and one like GPT, and
// what the disks hold before and after it.
type patient struct {
	variant
	before, after [][]byte
	base          [2]int64 // where the volumes start
	copies        [2]int64
	ignore        [][]block.Range // per disk: extents that were not zero
	file          []byte          // the journal file before
	loose         bool            // garbage may be left in the blocks of the record
}

func newPatient(t testing.TB, v variant) *patient {
	t.Helper()
	p := &patient{variant: v, base: [2]int64{v.gap, 128 << 10}, ignore: make([][]block.Range, 2)}
	rnd := rand.New(rand.NewSource(20261121))
	for i := range 2 {
		d := make([]byte, p.base[i]+volumeBytes+1024)
		if v.sector == 4096 {
			d = d[:p.base[i]+volumeBytes]
		}
		rnd.Read(d[:440])
		if i == 1 {
			rnd.Read(d[512 : 34*512]) // header and entries
		}
		vol := d[p.base[i]:]
		rnd.Read(vol[:streamAt])
		clear(vol[bitmapAt : bitmapAt+1024])
		for c := range 20 {
			p.use(vol, c)
		}
		rnd.Read(vol[fat16At : fat16At+512])
		clear(vol[fat16At+64 : fat16At+128])
		rnd.Read(vol[fat32At : fat32At+512])
		clear(vol[fat32At+64 : fat32At+128])
		vol[dirtyByte] &^= 1
		if v.cleanBit {
			vol[dirtyByte] |= 1
		}
		if v.junk {
			rnd.Read(vol[freeAt*cluster : (freeAt+freeCount)*cluster])
			if v.home == i {
				p.ignore[i] = append(p.ignore[i], block.Range{Off: p.base[i] + freeAt*cluster, Len: freeCount * cluster})
			}
		}
		p.before = append(p.before, d)
	}
	for i := range 2 {
		a := bytes.Clone(p.before[i])
		p.change(rnd, a, i)
		p.after = append(p.after, a)
	}
	p.findSpace(t)
	return p
}

// use marks a cluster as used.
func (p *patient) use(vol []byte, c int) { vol[bitmapAt+(c+p.shift)/8] |= 1 << ((c + p.shift) % 8) }

// change makes the content after the transaction.
func (p *patient) change(rnd *rand.Rand, a []byte, disk int) {
	vol := a[p.base[disk]:]
	rnd.Read(a[100:110]) // boot code in LBA 0
	rnd.Read(vol[0x60:0x70])
	rnd.Read(vol[recordsAt+600 : recordsAt+700])
	rnd.Read(vol[recordsAt+3000 : recordsAt+3001])
	rnd.Read(vol[dataAt+100 : dataAt+5000])
	rnd.Read(vol[dataAt+3*cluster : dataAt+3*cluster+10])
	if p.inVolume {
		rnd.Read(vol[dirtyByte+8 : dirtyByte+12])
	}
	for _, fat := range []int{fat16At, fat32At} { // some become free, some used, some lead elsewhere
		clear(vol[fat : fat+32])
		rnd.Read(vol[fat+64 : fat+96])
		rnd.Read(vol[fat+160 : fat+170])
	}
	if disk == 0 {
		rnd.Read(vol[streamAt : streamAt+streamLen])
		for c := streamAt / cluster; c < (streamAt+streamLen)/cluster; c++ {
			p.use(vol, c)
		}
		vol[bitmapAt+(7+p.shift)/8] &^= 1 << ((7 + p.shift) % 8) // and a cluster becomes free
	}
}

func (p *patient) findSpace(t testing.TB) {
	t.Helper()
	if p.home == journal.OnFile {
		p.file, p.copies = make([]byte, 512<<10), [2]int64{0, journal.BlockSize}
		return
	}
	facts := journal.TableFacts{FirstPartition: p.base[p.home]}
	if p.home == 1 {
		facts.GPT, facts.EntriesEnd = true, 34*512
	}
	var err error
	if p.copies, err = journal.FindRecordSpace(blocktest.NewMem(p.before[p.home], p.sector), facts); err != nil {
		t.Fatal(err)
	}
}

// Reserve implements journal.Space on the free clusters of the home volume.
func (p *patient) Reserve(n int64) (journal.Reservation, error) {
	if p.home == journal.OnFile {
		return journal.Reservation{Extents: []block.Range{{Off: 2 * journal.BlockSize, Len: n}}}, nil
	}
	var r journal.Reservation
	for c := freeAt; c < freeAt+freeCount && journal.Usable(r.Extents) < n; {
		k := freeCount
		if p.fragment {
			k = 7
		}
		k = min(k, freeAt+freeCount-c)
		r.Extents = append(r.Extents, block.Range{Off: p.base[p.home] + int64(c)*cluster, Len: int64(k) * cluster})
		r.Marks = append(r.Marks, journal.Bits{Off: p.base[p.home] + bitmapAt, First: uint32(c + p.shift), Count: uint32(k)})
		c += k + 1
	}
	if journal.Usable(r.Extents) < n {
		return r, journal.ErrNoSpace
	}
	return r, nil
}

func (p *patient) attach(devs []journal.Target) []journal.Attached {
	return []journal.Attached{
		{Name: "sda", Model: "first", Serial: "1", Dev: devs[0]},
		{Name: "sdb", Dev: devs[1]},
	}
}

func (p *patient) where(devs []journal.Target) journal.Home {
	h := journal.Home{Disk: p.home, Copies: p.copies, Space: p}
	if p.home == journal.OnFile {
		h.File = devs[2]
	}
	return h
}

// transaction describes the difference between before and after.
func (p *patient) transaction(t testing.TB, devs []journal.Target) *journal.Transaction {
	t.Helper()
	tx := &journal.Transaction{ID: [16]byte{1, 2, 3}}
	for i, a := range p.attach(devs) {
		base := p.base[i]
		d := journal.Disk{Attached: a, Identity: []block.Range{{Off: 0, Len: int64(p.sector)}, {Off: base, Len: 512}}}
		after := bytes.Clone(p.after[i])
		if i == 0 {
			at := block.Range{Off: base + streamAt, Len: streamLen}
			d.Streams = []journal.Stream{{Range: at, Content: bytes.NewReader(p.after[i][at.Off:at.End()]),
				Marks: []journal.Bits{{Off: base + bitmapAt, First: uint32(streamAt/cluster + p.shift), Count: streamLen / cluster}}}}
			copy(after[at.Off:at.End()], p.before[i][at.Off:])
		}
		o := overlay.New(blocktest.NewMem(p.before[i], p.sector))
		if _, err := o.WriteAt(after, 0); err != nil {
			t.Fatal(err)
		}
		changes, err := o.Changes()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			class := journal.Data
			switch at := c.Off - base; {
			case at < bitmapAt:
				class = journal.Boot
			case at < bitmapAt+cluster:
				class = journal.Bitmap
			case at < dataAt:
				class = journal.Metadata
			case at >= fat16At && at < fat32At:
				class = journal.FAT16
			case at >= fat32At && at < fat32At+cluster:
				class = journal.FAT32
			}
			d.Changes = append(d.Changes, journal.Change{Change: c, Class: class})
		}
		d.Volumes = []journal.Volume{{
			Witnesses: []journal.Witness{
				{What: "log", Ranges: []block.Range{{Off: base + logAt, Len: cluster}, {Off: base + logAt + cluster, Len: cluster}}},
				{What: "volume", Ranges: []block.Range{{Off: base + volumeAt, Len: 1024}}},
			},
			Dirty: []journal.Bits{{Off: base + dirtyByte, Count: 1, HeldIsZero: p.cleanBit}},
		}}
		tx.Disks = append(tx.Disks, d)
	}
	return tx
}

// mems are fresh disks with the given content, the journal file last.
func (p *patient) mems(content [][]byte) []*blocktest.Mem {
	var all []*blocktest.Mem
	for _, c := range content {
		all = append(all, blocktest.NewMem(c, p.sector))
	}
	if p.home == journal.OnFile && len(all) == 2 {
		all = append(all, blocktest.NewMem(bytes.Clone(p.file), p.sector))
	}
	return all
}

func targets[T journal.Target](devs []T) []journal.Target {
	var all []journal.Target
	for _, d := range devs {
		all = append(all, d)
	}
	return all
}

func clones(content [][]byte) [][]byte {
	var all [][]byte
	for _, c := range content {
		all = append(all, bytes.Clone(c))
	}
	return all
}

func (p *patient) ignored(disk int) []block.Range {
	list := p.ignore[disk]
	if p.loose && p.home == disk {
		for _, c := range p.copies {
			list = append(list[:len(list):len(list)], block.Range{Off: c, Len: journal.BlockSize})
		}
	}
	return list
}

// differs says where the disks differ from want; "" for nowhere. What the
// extents of the journal held may be gone if it was not zero.
func (p *patient) differs(disks []*blocktest.Mem, want [][]byte) string {
	for i, w := range want {
		got := disks[i].Bytes()
		if bytes.Equal(got, w) {
			continue
		}
	bytes:
		for at := range w {
			if got[at] == w[at] {
				continue
			}
			for _, r := range p.ignored(i) {
				if r.Contains(block.Range{Off: int64(at), Len: 1}) {
					continue bytes
				}
			}
			return fmt.Sprintf("disk %d at %#x (volume %+#x): %#x, want %#x", i, at, int64(at)-p.base[i], got[at], w[at])
		}
	}
	return ""
}

// outcome says which of before and after the disks hold.
func (p *patient) outcome(disks []*blocktest.Mem) (journal.Outcome, string) {
	a := p.differs(disks, p.after)
	if a == "" {
		return journal.After, ""
	}
	b := p.differs(disks, p.before)
	if b == "" {
		return journal.Before, ""
	}
	return journal.Unfinished, "not before: " + b + "; not after: " + a
}

// campaign is whether the big figures are wanted.
func campaign() bool { return os.Getenv("BOOTMEND_CAMPAIGN") == "1" }
