package part

import (
	"encoding/binary"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
)

// maxLogical bounds the chain of extended boot records. Windows has 24 drive
// letters for them; real disks have a handful.
const maxLogical = 128

// Offsets in an entry of a table, and what its flag may be.
const (
	entrySize       = 16
	entriesCount    = 4
	offEntryFlag    = 0
	offEntryType    = 4
	offEntryStart   = 8
	offEntrySectors = 12

	flagActive = 0x80
)

// Entry is a slot of a table as it lies on the disk.
type Entry struct {
	Off int64 // of its first byte on the disk; 0: the scheme has no such entries
	Raw [entrySize]byte
}

func (e Entry) flag() byte    { return e.Raw[offEntryFlag] }
func (e Entry) typ() byte     { return e.Raw[offEntryType] }
func (e Entry) start() uint32 { return binary.LittleEndian.Uint32(e.Raw[offEntryStart:]) }
func (e Entry) size() uint32  { return binary.LittleEndian.Uint32(e.Raw[offEntrySectors:]) }

// slots reads the four slots of a record that lies at off.
func slots(record []byte, off int64) (all [entriesCount]Entry) {
	for i := range all {
		at := offEntries + entrySize*i
		all[i].Off = off + int64(at)
		copy(all[i].Raw[:], record[at:])
	}
	return all
}

// mbrReader collects the partitions of a disk and counts as Windows does.
//
// Windows gives a number to every entry but those of type 00 and containers (05
// and 0F, not 85): primary ones in the order of the slots, then logical drives
// in the order of the chain. A size of 0 is no reason to leave an entry out.
// Source: KB 102873; ReactOS freeldr partition.c and ntoskrnl disksup.c.
type mbrReader struct {
	*Table
	dev    block.Device
	nt     int // number of Windows last given
	number int // number of Linux of the next logical drive
}

func readMBR(dev block.Device, sector []byte) *Table {
	r := &mbrReader{Table: &Table{Scheme: MBR, Signature: binary.LittleEndian.Uint32(sector[offSignature:])}, dev: dev, number: 5}
	if !r.checkFlags(slots(sector, 0)) {
		return r.Table
	}
	var containers []Entry
	for i, e := range slots(sector, 0) {
		switch {
		case e.typ() == 0:
		case IsContainer(e.typ()):
			containers = append(containers, e)
		default:
			r.add(e, Partition{Number: i + 1, Range: r.bytes(0, e)})
		}
	}
	for i, e := range containers {
		r.readChain(e, i == 0)
	}
	return r.Table
}

// bytes is where an entry lies that counts from base.
func (r *mbrReader) bytes(base int64, e Entry) block.Range {
	ss := int64(r.dev.SectorSize())
	return block.Range{Off: base + int64(e.start())*ss, Len: int64(e.size()) * ss}
}

// add counts an entry, and lists it if there is anything of it.
func (r *mbrReader) add(e Entry, p Partition) bool {
	r.nt++
	if e.size() == 0 {
		r.damage(e.Off+offEntrySectors, fmt.Sprintf("size of the entry that is partition %d to Windows", r.nt), "at least one sector", "0")
		return false
	}
	p.NTNumber, p.Type, p.Active, p.Entry = r.nt, e.typ(), e.flag() == flagActive, e
	r.Partitions = append(r.Partitions, p)
	return true
}

// checkFlags judges the boot flags, which are 00 or 80. A sector with others is
// a table all the same if everything else in it makes sense; a sector of
// something else is not one.
func (t *mbrReader) checkFlags(all [entriesCount]Entry) bool {
	odd := false
	for i, e := range all {
		if f := e.flag(); f != 0 && f != flagActive {
			odd = true
			t.damage(e.Off, fmt.Sprintf("boot flag of slot %d of the MBR partition table", i+1), "00 or 80", fmt.Sprintf("%02X", f))
		}
	}
	if !odd || t.sane(all) {
		return true
	}
	t.damage(offEntries, "MBR partition table", "entries inside the disk", "entries that make no sense: probably no partition table")
	return false
}

// sane reports whether there are entries and all of them lie inside the disk.
func (t *mbrReader) sane(all [entriesCount]Entry) bool {
	used := 0
	for _, e := range all {
		if e.typ() == 0 {
			continue
		}
		used++
		if e.start() == 0 || e.size() == 0 || t.bytes(0, e).End() > t.dev.Size() {
			return false
		}
	}
	return used > 0
}

// readChain follows the extended boot records of a container. In each record
// the first entry that is neither empty nor a container is a logical drive,
// relative to the record; the first container is the link to the next record,
// relative to the outermost container. Windows follows one chain: what is in
// a second container has no number.
func (r *mbrReader) readChain(outer Entry, first bool) {
	container := r.bytes(0, outer)
	if !first {
		r.damage(outer.Off, "second extended partition", "one at most", "another; Windows does not look into it")
	}
	if outer.start() == 0 || outer.size() == 0 {
		r.damage(outer.Off, "extended partition", "start and size above 0", fmt.Sprintf("start %d, size %d", outer.start(), outer.size()))
		if outer.start() == 0 {
			return
		}
	}
	counted := r.nt
	seen := map[int64]bool{}
	for at := container.Off; at >= 0; {
		if seen[at] || len(seen) >= maxLogical {
			r.damage(at, "chain of extended boot records", "an end", "a loop")
			break
		}
		seen[at] = true
		at = r.readRecord(at, container)
	}
	if !first {
		for i := range r.Partitions {
			if r.Partitions[i].NTNumber > counted {
				r.Partitions[i].NTNumber = 0
			}
		}
		r.nt = counted
	}
}

// readRecord adds what the record at at holds and returns where the next one
// is, or -1.
func (r *mbrReader) readRecord(at int64, container block.Range) (next int64) {
	ebr := make([]byte, mbrSize)
	if n, err := r.dev.ReadAt(ebr, at); n < mbrSize {
		r.damage(at, "extended boot record", "a readable sector", fmt.Sprint(err))
		return -1
	}
	if binary.LittleEndian.Uint16(ebr[offBootMagic:]) != bootMagic {
		r.damage(at+offBootMagic, "signature of an extended boot record", "55 AA", fmt.Sprintf("% X", ebr[offBootMagic:]))
		return -1
	}
	next = -1
	drives := 0
	for _, e := range slots(ebr, at) {
		switch {
		case e.typ() == 0:
		case IsContainer(e.typ()):
			if next < 0 && (e.start() != 0 || e.size() != 0) {
				next = r.bytes(container.Off, e).Off
			}
		case drives > 0:
			r.damage(e.Off, "extended boot record", "one logical drive", "another, which is left out")
		default:
			drives++
			p := Partition{Number: r.number, Logical: true, Range: r.bytes(at, e)}
			if !r.add(e, p) {
				continue
			}
			r.number++
			if !container.Contains(p.Range) {
				r.damage(at, fmt.Sprintf("logical drive %d", p.Number), fmt.Sprintf("inside %v", container), p.Range.String())
			}
		}
	}
	return next
}
