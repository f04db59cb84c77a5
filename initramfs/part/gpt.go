package part

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/diskfs/go-diskfs/partition/gpt"
)

// holdsGPT reports whether the disk is partitioned by GPT: a protective entry
// in the MBR and a GPT header in LBA 1 or in the last LBA.
func holdsGPT(dev block.Device, sector []byte) bool {
	ss := int64(dev.SectorSize())
	return isProtective(sector) && (hasMagic(dev, ss) || hasMagic(dev, dev.Size()-ss))
}

// isProtective reports whether an MBR stands in front of a GPT.
func isProtective(sector []byte) bool {
	if binary.LittleEndian.Uint16(sector[offBootMagic:]) != bootMagic {
		return false
	}
	for _, e := range slots(sector, 0) {
		if e.typ() == TypeProtective {
			return true
		}
	}
	return false
}

// validHeader reports whether a primary GPT header with a valid checksum lies
// at off, in LBA 1.
func validHeader(dev block.Device, off int64) bool { return headerAt(dev, off, 1) }

// headerAt reports whether a GPT header with a valid checksum that says it is
// in LBA lba lies at off.
func headerAt(dev block.Device, off int64, lba uint64) bool {
	b := make([]byte, headerSize)
	if n, _ := dev.ReadAt(b, off); n < headerSize || string(b[:8]) != gptHeaderMagic ||
		binary.LittleEndian.Uint32(b[offHeaderSize:]) != headerSize || binary.LittleEndian.Uint64(b[offMyLBA:]) != lba {
		return false
	}
	sum := binary.LittleEndian.Uint32(b[offHeaderCRC:])
	clear(b[offHeaderCRC : offHeaderCRC+4])
	return crc32.ChecksumIEEE(b) == sum
}

func hasMagic(dev block.Device, off int64) bool {
	var magic [8]byte
	_, err := dev.ReadAt(magic[:], off)
	return err == nil && string(magic[:]) == gptHeaderMagic
}

// Offsets in the GPT header. Source: UEFI specification, 5.3.2.
const (
	headerSize      = 92
	offHeaderSize   = 12
	offHeaderCRC    = 16
	offMyLBA        = 24
	offAlternateLBA = 32
	offFirstUsable  = 40
	offEntriesLBA   = 72
	offEntryCount   = 80
	offEntrySize    = 84
	maxEntries      = 1024 // 128 in practice; go-diskfs allocates what the header claims
	minArray        = 16 << 10
)

func readGPT(dev block.Device) *Table {
	t := &Table{Scheme: GPT}
	ss := int64(dev.SectorSize())
	for _, off := range []int64{ss, dev.Size() - ss} {
		if hasMagic(dev, off) && !t.checkCounts(dev, off) {
			return t
		}
	}
	g, err := gpt.Read(backendFile{dev: dev}, dev.SectorSize(), dev.SectorSize())
	if err != nil {
		t.damage(ss, "GPT", "a valid primary or backup table", err.Error())
		return t
	}
	if g.RecoveredFromBackup {
		t.damageOf(GPTPrimary, ss, "primary GPT", "a valid header and entry array", "only the backup at the end of the disk is valid")
	}
	t.GUID = strings.ToUpper(g.GUID)
	t.readGap(dev, ss)
	if !g.RecoveredFromBackup {
		t.checkBackup(dev, ss)
	}
	nt := 0
	for i, p := range g.Partitions {
		if p == nil || p.Type == gpt.Unused {
			continue
		}
		nt++ // every used entry, whatever its type, in the order of the array
		if p.End < p.Start || p.End > uint64(dev.Size())/uint64(ss)+1<<40 {
			t.damage(2*ss, fmt.Sprintf("GPT entry %d", i+1), "first LBA not above last LBA", fmt.Sprintf("%d to %d", p.Start, p.End))
			continue
		}
		t.Partitions = append(t.Partitions, Partition{
			Number: p.Index, NTNumber: nt,
			Range:    block.Range{Off: int64(p.Start) * ss, Len: int64(p.End-p.Start+1) * ss},
			TypeGUID: strings.ToUpper(string(p.Type)), GUID: strings.ToUpper(p.GUID), Name: p.Name,
		})
	}
	return t
}

// checkBackup looks at the backup header while the primary is good: its absence
// is the sign of a truncated image, or of a disk copied to a larger one.
func (t *Table) checkBackup(dev block.Device, ss int64) {
	hdr := make([]byte, headerSize)
	if n, _ := dev.ReadAt(hdr, ss); n < headerSize {
		return // the primary was read a moment ago; go-diskfs would have said so
	}
	alternate := binary.LittleEndian.Uint64(hdr[offAlternateLBA:])
	last := uint64(dev.Size()/ss) - 1
	switch {
	case alternate > last:
		t.damage(ss+offAlternateLBA, "place of the backup GPT", fmt.Sprintf("at most LBA %d (end of the disk)", last), fmt.Sprintf("LBA %d", alternate))
	case !headerAt(dev, int64(alternate)*ss, alternate):
		t.damageOf(GPTBackup, int64(alternate)*ss, "backup GPT", "a valid header", "something else")
	}
}

// readGap notes what the space before the first partition is bounded by. Only a
// valid primary header is believed.
func (t *Table) readGap(dev block.Device, ss int64) {
	hdr := make([]byte, headerSize)
	if n, _ := dev.ReadAt(hdr, ss); n < headerSize || !validHeader(dev, ss) {
		t.EntriesEnd = lbaEntries*ss + minArray
		return
	}
	lba := func(off int) int64 { return int64(min(binary.LittleEndian.Uint64(hdr[off:]), 1<<32)) }
	count, size := binary.LittleEndian.Uint32(hdr[offEntryCount:]), binary.LittleEndian.Uint32(hdr[offEntrySize:])
	t.EntriesEnd = lba(offEntriesLBA)*ss + int64(count)*int64(size)
	t.FirstUsable = lba(offFirstUsable) * ss
}

// checkCounts refuses headers with which go-diskfs would allocate without
// bound or misread the entries.
func (t *Table) checkCounts(dev block.Device, off int64) bool {
	hdr := make([]byte, headerSize)
	if _, err := dev.ReadAt(hdr, off); err != nil {
		t.damage(off, "GPT header", "a readable sector", err.Error())
		return false
	}
	count, size := binary.LittleEndian.Uint32(hdr[offEntryCount:]), binary.LittleEndian.Uint32(hdr[offEntrySize:])
	if count > maxEntries || size != gpt.PartitionEntrySize {
		t.damage(off+offEntryCount, "GPT entry array", fmt.Sprintf("at most %d entries of %d bytes", maxEntries, gpt.PartitionEntrySize),
			fmt.Sprintf("%d entries of %d bytes", count, size))
		return false
	}
	return true
}
