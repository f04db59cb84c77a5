package part

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
)

// GPTEditor mends a GPT from its sound copy, and changes single fields in both
// copies. Each method judges the disk as it was when EditGPT read it and returns
// patches of the disk; none where everything is as asked for already.
type GPTEditor struct {
	dev             block.Device
	sector          [mbrSize]byte // LBA 0
	primary, backup *gptCopy
}

// EditGPT reads both copies of the GPT of a disk, whatever its MBR says. It
// refuses where neither is sound.
func EditGPT(dev block.Device) (*GPTEditor, error) {
	last := uint64(dev.Size()/int64(dev.SectorSize())) - 1
	e := &GPTEditor{dev: dev}
	if n, err := dev.ReadAt(e.sector[:], 0); n < mbrSize {
		return nil, fmt.Errorf("sector 0: %w", err)
	}
	e.primary, e.backup = readCopy(dev, lbaHeader), readCopy(dev, last)
	// The disk may have grown since: then the backup is where the header says.
	if alternate := e.primary.u64(offAlternateLBA); e.backup.err != nil && alternate > lbaHeader && alternate < last {
		if old := readCopy(dev, alternate); old.err == nil || e.primary.err == nil {
			e.backup = old
		}
	}
	if e.primary.err != nil && e.backup.err != nil {
		return nil, Refuse("neither copy of the GPT is sound (%v; %v); look for the partitions with testdisk", e.primary.err, e.backup.err)
	}
	return e, nil
}

// Primary says what is wrong with the copy at the start of the disk.
func (e *GPTEditor) Primary() error { return e.primary.err }

// Backup says what is wrong with the copy at the end of the disk.
func (e *GPTEditor) Backup() error { return e.backup.err }

// BackupCut reports whether the place of the backup lies behind the end of the
// disk: the disk is shorter than it was.
func (e *GPTEditor) BackupCut() bool {
	return e.primary.err == nil && e.primary.u64(offAlternateLBA) >= uint64(e.dev.Size()/int64(e.dev.SectorSize()))
}

// Agree reports whether both copies are sound and describe the same.
func (e *GPTEditor) Agree() bool {
	return e.primary.err == nil && e.backup.err == nil && bytes.Equal(e.primary.entries, e.backup.entries) &&
		bytes.Equal(e.primary.header[offFirstUsable:offEntriesLBA], e.backup.header[offFirstUsable:offEntriesLBA])
}

// arrayLBAs is how many sectors the entry array takes.
func (e *GPTEditor) arrayLBAs(c *gptCopy) uint64 {
	ss := uint64(e.dev.SectorSize())
	return (uint64(len(c.entries)) + ss - 1) / ss
}

// MendPrimary writes the primary copy anew from the backup.
func (e *GPTEditor) MendPrimary() ([]Patch, error) {
	if e.primary.err == nil {
		return nil, nil
	}
	if err := e.refuseForeign(); err != nil {
		return nil, err
	}
	array := e.arrayLBAs(e.backup)
	if n := e.backup.overlaps(0, lbaEntries+array-1); n != 0 || e.backup.u64(offFirstUsable) < lbaEntries+array {
		return nil, Refuse("there is no room for the primary GPT: partition %d or the usable range begins before LBA %d", n, lbaEntries+array)
	}
	return e.write("primary GPT", e.backup, lbaHeader, lbaEntries, e.backup.lba)
}

// MendBackup writes the backup copy anew from the primary, where the primary
// says that it is.
func (e *GPTEditor) MendBackup() ([]Patch, error) {
	if e.backup.err == nil {
		return nil, nil
	}
	if err := e.refuseForeign(); err != nil {
		return nil, err
	}
	if e.BackupCut() {
		return nil, Refuse("the place of the backup GPT, LBA %d, lies behind the end of the disk; copy the whole disk again, or move the backup with sgdisk -e", e.primary.u64(offAlternateLBA))
	}
	at, array := e.primary.u64(offAlternateLBA), e.arrayLBAs(e.primary)
	if at <= e.primary.u64(offLastUsable)+array || e.primary.overlaps(at-array, at) != 0 {
		return nil, Refuse("there is no room for the backup GPT before LBA %d", at)
	}
	return e.write("backup GPT", e.primary, at, at-array, lbaHeader)
}

// write makes the copy whose header is in LBA at from another.
func (e *GPTEditor) write(what string, from *gptCopy, at, entries, other uint64) ([]Patch, error) {
	ss := int64(e.dev.SectorSize())
	header := bytes.Clone(from.header)
	for off, n := range map[int]uint64{offMyLBA: at, offAlternateLBA: other, offEntriesLBA: entries} {
		binary.LittleEndian.PutUint64(header[off:], n)
	}
	seal(header, from.entries)
	// The header fills its sector with zeros.
	header = append(header, make([]byte, int(ss)-len(header))...)
	var all []Patch
	for _, part := range []struct {
		what string
		off  int64
		data []byte
	}{{"entries of the " + what, int64(entries) * ss, from.entries}, {"header of the " + what, int64(at) * ss, header}} {
		was := make([]byte, len(part.data))
		if n, err := e.dev.ReadAt(was, part.off); n < len(was) {
			return nil, fmt.Errorf("%s at byte %#x: %w", part.what, part.off, err)
		}
		if p, ok := Diff(part.what, part.off, was, part.data); ok {
			all = append(all, p)
		}
	}
	return all, nil
}

// Protective says what is wrong with the MBR that stands before a GPT: "" where
// it says that the whole disk belongs to the GPT, or where it holds partitions
// of its own, which is somebody's purpose.
func (e *GPTEditor) Protective() string {
	var own, protective int
	var starts []uint32
	for _, s := range slots(e.sector[:], 0) {
		switch s.typ() {
		case 0:
		case TypeProtective:
			protective++
			starts = append(starts, s.start())
		default:
			own++
		}
	}
	magic := binary.LittleEndian.Uint16(e.sector[offBootMagic:]) == bootMagic
	switch {
	case own > 0 || isVolume(e.sector[:]):
		return ""
	case protective == 0:
		return "there is no entry of type EE"
	case protective > 1:
		return fmt.Sprintf("there are %d entries of type EE", protective)
	case starts[0] != protectiveFrom:
		return fmt.Sprintf("the entry of type EE begins at LBA %d", starts[0])
	case !magic:
		return "the signature 55 AA is missing"
	}
	return ""
}

// Hybrid lists the slots (1 to 4) of an MBR that has partitions of its own beside
// an entry of type EE: a BIOS, and systems that know no GPT, go by those. nil
// where the GPT alone says what is where.
func (e *GPTEditor) Hybrid() []int {
	var own []int
	for i, s := range slots(e.sector[:], 0) {
		if s.typ() != 0 && s.typ() != TypeProtective {
			own = append(own, i+1)
		}
	}
	if !isProtective(e.sector[:]) {
		return nil
	}
	return own
}

// MendProtective gives the MBR the one entry and the signature that a GPT needs.
// Boot code and disk signature stay. It refuses where the two copies are not both
// sound and equal, unless one was written over besides the MBR and the file systems are
// where the other says (then MendPrimary or MendBackup has work, too).
func (e *GPTEditor) MendProtective() ([]Patch, error) {
	if e.Protective() == "" {
		return nil, nil
	}
	if !e.Agree() && !e.proved() {
		return nil, Refuse("the two copies of the GPT are not both sound and equal, and the file systems do not prove the one; what the disk is cannot be told for sure")
	}
	sector := e.sector
	table := sector[offEntries:offBootMagic]
	clear(table)
	// As UEFI 5.2.3 has it: from CHS 0/0/2 to the end of what CHS can say.
	copy(table, "\x00\x00\x02\x00\xEE\xFF\xFF\xFF")
	binary.LittleEndian.PutUint32(table[offEntryStart:], protectiveFrom)
	binary.LittleEndian.PutUint32(table[offEntrySectors:], uint32(min(e.dev.Size()/int64(e.dev.SectorSize())-1, 0xFFFFFFFF)))
	binary.LittleEndian.PutUint16(sector[offBootMagic:], bootMagic)
	return patches("protective MBR", 0, e.sector[:], sector[:]), nil
}

// SetType gives a partition another type, in both copies. Where a hybrid MBR says
// something of partitions, too, it refuses: the two would contradict each other.
func (e *GPTEditor) SetType(number int, guid string) ([]Patch, error) {
	b, err := guidBytes(guid)
	if err != nil {
		return nil, err
	}
	if (Partition{TypeGUID: guid}).IsDynamic() || bytes.Equal(b, make([]byte, guidSize)) {
		return nil, Refuse("type %s would delete the partition, or says that something else than this table manages the disk", guid)
	}
	if own := e.Hybrid(); len(own) > 0 {
		return nil, Refuse("the MBR before the GPT is a hybrid one, with partitions of its own (slots %v), whose types would no longer be those of the GPT; change both with gdisk", own)
	}
	return e.setEntry(number, "type", 0, b)
}

// setEntry changes bytes of an entry in both copies.
func (e *GPTEditor) setEntry(number int, what string, off int, b []byte) ([]Patch, error) {
	if !e.Agree() {
		return nil, Refuse("the two copies of the GPT are not both sound and equal; mend that first")
	}
	found := false
	e.primary.used(func(n int, _ []byte) { found = found || n == number })
	if !found {
		return nil, Refuse("there is no partition %d", number)
	}
	at := (number-1)*gptEntrySize + off
	return e.both(fmt.Sprintf("%s of partition %d", what, number), func(header, entries []byte) { copy(entries[at:], b) })
}

// SetGUID gives the disk another GUID, in both copies.
func (e *GPTEditor) SetGUID(guid string) ([]Patch, error) {
	b, err := guidBytes(guid)
	if err != nil {
		return nil, err
	}
	if !e.Agree() {
		return nil, Refuse("the two copies of the GPT are not both sound and equal; mend that first")
	}
	return e.both("GUID of the disk", func(header, _ []byte) { copy(header[offDiskGUID:], b) })
}

// both makes a change in both copies, with their checksums. The backup goes
// first: until the primary follows, it alone counts.
func (e *GPTEditor) both(what string, change func(header, entries []byte)) (all []Patch, err error) {
	ss := int64(e.dev.SectorSize())
	for _, c := range []*gptCopy{e.backup, e.primary} {
		name := map[bool]string{true: "primary", false: "backup"}[c == e.primary]
		header, entries := bytes.Clone(c.header), bytes.Clone(c.entries)
		change(header, entries)
		seal(header, entries)
		all = append(all, patches(fmt.Sprintf("%s, %s GPT", what, name), int64(c.u64(offEntriesLBA))*ss, c.entries, entries)...)
		all = append(all, patches(fmt.Sprintf("header of the %s GPT", name), int64(c.lba)*ss, c.header, header)...)
	}
	return all, nil
}

// Gap is the number of the first entry that is not in use although a later one
// is; 0 where there is none.
func (e *GPTEditor) Gap() int {
	c := e.primary
	if c.err != nil {
		c = e.backup
	}
	next := 1
	gap := 0
	c.used(func(n int, _ []byte) {
		if n != next && gap == 0 {
			gap = next
		}
		next = n + 1
	})
	return gap
}
