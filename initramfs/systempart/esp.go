package systempart

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// newESP is the size of an EFI system partition that is made: what Microsoft asks
// for at least on disks with sectors of 512 bytes (Windows 10 deployment, "UEFI/GPT-based hard drive
// partitions": 100 MB).
const newESP = 100 << 20

// kept is said where a file system is made over nothing but zeros.
const kept = "an empty file system was made where there were only zeros: it stays"

// minESP is what FAT32 takes at least, with what goes into it.
const minESP = 40 << 20

// largestESP: more is looked at by a person.
const largestESP = 4 << 30

// fromESP plans the EFI system partition of a GPT disk that has none that could be
// read.
func (l *Lost) fromESP(p *inspect.Patient) error {
	switch {
	case l.Volume != nil && l.Volume.Disk != l.Disk:
		return part.Refuse("the EFI system partition %s is on another disk and cannot be read", l.Volume.ID())
	case l.Disk.Dev.SectorSize() != formatSector:
		return part.Refuse("%s has sectors of %d bytes; make the EFI system partition with diskpart, then run bootmend repair", l.Disk.Path, l.Disk.Dev.SectorSize())
	case l.Volume != nil:
		return l.inPartition(p)
	}
	return l.inFreeSpace(p)
}

// formatSector is the size of sectors on the disks that are formatted.
const formatSector = 512

// inPartition makes a file system in a partition of the right type.
func (l *Lost) inPartition(p *inspect.Patient) error {
	v := l.Volume
	r := v.Partition.Range
	if v.Dev == nil || r.Len < minESP {
		return part.Refuse("%s is too small for an EFI system partition (%d MiB, or it is not all on the disk); make one of at least 100 MB with diskpart", v.ID(), r.Len>>20)
	}
	// Larger than any that is made for it is not read to its end at each look.
	zero := r.Len <= largestESP
	if zero {
		var err error
		if zero, err = zeros(l.Disk.Dev, r); err != nil {
			return err
		}
	}
	if !zero {
		return part.Refuse("%s is no file system that can be read, but not all zeros, or larger than such a partition is; only what is empty is formatted here. Save what it holds, format it with a tool of your choice (FAT32), and start bootmend again: it puts the boot files there", v.ID())
	}
	if err := l.format(v); err != nil {
		return err
	}
	return l.fill(p, v)
}

// inFreeSpace makes the partition, too: where one was, else in the first free space
// that is large enough.
func (l *Lost) inFreeSpace(p *inspect.Patient) error {
	e, err := part.EditGPT(l.Disk.Dev)
	if err != nil {
		return err
	}
	for _, gap := range e.Free() {
		if v, ok := forgotten(p, l.Disk, gap); ok {
			_, err := l.addEntry(e, v.Partition.Range, oldGUID(v), "")
			l.What = "the partition is there, only its entry in the GPT is gone"
			return err
		}
	}
	gap, zero, err := l.room(e)
	if err != nil {
		return err
	}
	if !zero {
		return part.Refuse("the free space of %s at %#x is not all zeros: it may be a partition that was lost (testdisk finds such); only what is empty is formatted here", l.Disk.Path, gap.Off)
	}
	v, err := l.addEntry(e, gap, "", kept)
	if err != nil {
		return err
	}
	if err := l.format(v); err != nil {
		return err
	}
	return l.fill(p, v)
}

// align is where partitions begin since Vista.
const align = 1 << 20

// room finds free space, zeros first.
func (l *Lost) room(e *part.GPTEditor) (found block.Range, zero bool, err error) {
	for _, gap := range e.Free() {
		from := (gap.Off + align - 1) / align * align
		r := block.Range{Off: from, Len: newESP}
		if !gap.Contains(r) {
			continue
		}
		// An old volume may begin before the aligned place, with nothing but zeros there.
		clean, err := zeros(l.Disk.Dev, block.Range{Off: gap.Off, Len: r.End() - gap.Off})
		if err != nil {
			return found, false, err
		}
		if clean || found.Len == 0 {
			found, zero = r, clean
		}
		if clean {
			return found, true, nil
		}
	}
	if found.Len == 0 {
		return found, false, part.Refuse("%s has no EFI system partition and no free space of 100 MB for one; make the partition of Windows smaller (gparted, or diskpart: shrink desired=100) and run bootmend repair again", l.Disk.Path)
	}
	return found, false, nil
}

// forgotten finds an EFI system partition whose entry was deleted: a FAT volume at
// the beginning of the free space that has the boot manager of Windows.
func forgotten(p *inspect.Patient, d *inspect.Disk, gap block.Range) (*inspect.Volume, bool) {
	for _, off := range []int64{gap.Off, (gap.Off + align - 1) / align * align} {
		left := block.Range{Off: off, Len: gap.End() - off}
		if left.Len < align {
			continue
		}
		section, err := block.NewSection(d.Dev, left)
		if err != nil {
			continue
		}
		volume, err := fat.Open(section)
		if err != nil {
			continue
		}
		b := volume.Boot()
		r := block.Range{Off: off, Len: b.TotalSectors * int64(b.BytesPerSector)}
		if r.Len < align || !gap.Contains(r) {
			continue
		}
		if section, err = block.NewSection(d.Dev, r); err != nil {
			continue
		}
		if end := (r.End() + align - 1) / align * align; end <= gap.End() {
			r.Len = end - r.Off // where set-up ends partitions
		}
		if volume, err = fat.Open(section); err != nil {
			continue
		}
		if found := (&inspect.Volume{Disk: d, FS: volume, Kind: volume.Kind(), Partition: part.Partition{Range: r}}); couldBeESP(p, found) {
			return found, true
		}
	}
	return nil, false
}

// oldGUID is the GUID that an EFI system partition had, by which its store and the
// entries of the firmware know it: what the boot manager's own entry names, on this disk. "" where
// that does not tell.
func oldGUID(v *inspect.Volume) string {
	s, err := bootchain.OpenStore(v, bootchain.StorePaths()[1])
	if err != nil {
		return ""
	}
	disk, err := bcd.ParseGUID(v.Disk.Table.GUID)
	if err != nil {
		return ""
	}
	refs, _ := s.References()
	for _, ref := range refs {
		id := ref.Identity
		taken := slices.ContainsFunc(v.Disk.Table.Partitions, func(p part.Partition) bool {
			other, err := bcd.ParseGUID(p.GUID)
			return err == nil && other == id.Partition
		})
		if ref.Object == bcd.BootManager && ref.Element == bcd.ElementDevice && id.Style == bcd.StyleGPT && id.Disk == disk && !taken {
			return id.Partition.String()
		}
	}
	return ""
}

// addEntry makes the entry of the GPT, and gives the volume that it will be.
func (l *Lost) addEntry(e *part.GPTEditor, r block.Range, id, final string) (*inspect.Volume, error) {
	if id == "" {
		id = madeGUID(l.Disk.Table.GUID, r.Off)
	}
	number, patches, err := e.Add(part.NewPartition{Range: r, TypeGUID: part.GUIDESP, GUID: id, Name: "EFI system partition"})
	if err != nil {
		return nil, err
	}
	for _, p := range patches {
		l.Steps = append(l.Steps, step.Patch{Disk: l.Disk, What: p.What, Off: p.Off, Old: p.Old, New: p.New, Final: final, Why: "the disk has an EFI system partition"})
	}
	return &inspect.Volume{Disk: l.Disk, Kind: fs.Empty, Partition: part.Partition{Number: number, Range: r, TypeGUID: part.GUIDESP, GUID: id}}, nil
}

// madeGUID is a GUID for what is made there, the same each time: what was planned is
// what is written.
func madeGUID(disk string, off int64) string {
	b := sha256.Sum256([]byte(fmt.Sprintf("EFI system partition of %s at %d", disk, off)))
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return strings.ToUpper(fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16]))
}

// format makes an empty FAT32, where there are only zeros: it is not taken back.
func (l *Lost) format(v *inspect.Volume) error {
	r := v.Partition.Range
	sum := sha256.Sum256([]byte(madeGUID(l.Disk.Table.GUID, r.Off)))
	areas, err := fat.Format{Size: r.Len, Kind: fs.FAT32, Hidden: uint32(r.Off / formatSector), Label: "SYSTEM",
		Serial: uint32(sum[0]) | uint32(sum[1])<<8 | uint32(sum[2])<<16 | uint32(sum[3])<<24}.Areas()
	if err != nil {
		return part.Refuse("%s: %v", v.ID(), err)
	}
	in := v
	if !slices.Contains(l.Disk.Volumes, v) {
		in = nil // it lies outside of all partitions still
	}
	for _, a := range areas {
		old := make([]byte, len(a.Data))
		if n, err := l.Disk.Dev.ReadAt(old, r.Off+a.Off); n < len(old) {
			return fmt.Errorf("%s at %#x: %w", l.Disk.Path, r.Off+a.Off, err)
		}
		for off := 0; off < len(old); {
			from, to := differing(old, a.Data, off)
			if off = to; from == to {
				break
			}
			l.Steps = append(l.Steps, step.Patch{Disk: l.Disk, Volume: in, What: a.What, Off: r.Off + a.Off + int64(from), Old: old[from:to], New: a.Data[from:to],
				Final: kept, Why: "the firmware can read the EFI system partition"})
		}
	}
	return nil
}

// differing finds the next whole sectors that differ; from == to where none does.
func differing(a, b []byte, off int) (from, to int) {
	same := func(i int) bool { return string(a[i:i+formatSector]) == string(b[i:i+formatSector]) }
	for from = off; from < len(a) && same(from); from += formatSector {
	}
	for to = from; to < len(a) && !same(to); to += formatSector {
	}
	return from, to
}

// zeros reports whether a part of a disk is all zero.
func zeros(dev block.Device, r block.Range) (bool, error) {
	b := make([]byte, 1<<20)
	for off := r.Off; off < r.End(); off += int64(len(b)) {
		n := int(min(int64(len(b)), r.End()-off))
		if got, err := dev.ReadAt(b[:n], off); got < n {
			return false, fmt.Errorf("at %#x: %w", off, err)
		}
		for _, c := range b[:n] {
			if c != 0 {
				return false, nil
			}
		}
	}
	return true, nil
}
