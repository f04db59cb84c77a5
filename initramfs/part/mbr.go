package part

import (
	"encoding/binary"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/diskfs/go-diskfs/partition/mbr"
)

// maxLogical bounds the chain of extended boot records. Windows has 24 drive
// letters for them; real disks have a handful.
const maxLogical = 128

func readMBR(dev block.Device, sector []byte) *Table {
	t := &Table{Scheme: MBR, Signature: binary.LittleEndian.Uint32(sector[offSignature:])}
	primary, err := mbr.Read(backendFile{dev: dev}, dev.SectorSize(), dev.SectorSize())
	if err != nil {
		t.damage(offEntries, "MBR partition table", "a valid table", err.Error())
		return t
	}
	ss := int64(dev.SectorSize())
	var containers []block.Range
	for i, p := range primary.Partitions {
		if p == nil || p.Type == mbr.Empty || p.Size == 0 {
			continue
		}
		entry := Partition{
			Number: i + 1, Type: byte(p.Type), Active: p.Bootable,
			Range: block.Range{Off: int64(p.Start) * ss, Len: int64(p.Size) * ss},
		}
		if IsContainer(entry.Type) {
			containers = append(containers, entry.Range)
			continue
		}
		t.Partitions = append(t.Partitions, entry)
	}
	for _, c := range containers {
		t.readLogical(dev, c)
	}
	for i := range t.Partitions {
		t.Partitions[i].NTNumber = i + 1
	}
	return t
}

// readLogical follows the chain of extended boot records in a container. In
// each record the first entry that is neither empty nor a container is a
// logical drive, relative to the record; the first container entry is the link
// to the next record, relative to the outermost container.
// Source: ReactOS disksup.c, KB 102873 as cited in the fact book.
func (t *Table) readLogical(dev block.Device, container block.Range) {
	ss := int64(dev.SectorSize())
	number := 5 // Linux numbers logical drives from 5
	for _, p := range t.Partitions {
		if p.Logical {
			number++
		}
	}
	seen := map[int64]bool{}
	for at := container.Off; ; {
		if seen[at] || len(seen) >= maxLogical {
			t.damage(at, "chain of extended boot records", "an end", "a loop")
			return
		}
		seen[at] = true
		ebr := make([]byte, mbrSize)
		if n, err := dev.ReadAt(ebr, at); n < mbrSize {
			t.damage(at, "extended boot record", "a readable sector", fmt.Sprint(err))
			return
		}
		if binary.LittleEndian.Uint16(ebr[offBootMagic:]) != 0xAA55 {
			t.damage(at+offBootMagic, "signature of an extended boot record", "55 AA", fmt.Sprintf("% X", ebr[offBootMagic:]))
			return
		}
		next := int64(-1)
		found := false
		for i := range 4 {
			typ, start, size := entryAt(ebr, i)
			switch {
			case typ == 0 || size == 0:
			case IsContainer(typ):
				if next < 0 {
					next = container.Off + int64(start)*ss
				}
			case !found:
				found = true
				r := block.Range{Off: at + int64(start)*ss, Len: int64(size) * ss}
				if !container.Contains(r) {
					t.damage(at, fmt.Sprintf("logical drive %d", number), fmt.Sprintf("inside %v", container), r.String())
				}
				t.Partitions = append(t.Partitions, Partition{
					Number: number, Type: typ, Active: ebr[offEntries+16*i] == 0x80, Logical: true, Range: r,
				})
				number++
			}
		}
		if next < 0 {
			return
		}
		at = next
	}
}

// entryAt reads entry i of a table: type, start and size in sectors.
func entryAt(sector []byte, i int) (typ byte, start, size uint32) {
	e := sector[offEntries+16*i : offEntries+16*(i+1)]
	return e[4], binary.LittleEndian.Uint32(e[8:]), binary.LittleEndian.Uint32(e[12:])
}
