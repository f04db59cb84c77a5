package part

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"unicode/utf16"

	"github.com/bootmend/bootmend/initramfs/block"
)

// maxName is the room for the name of a partition, in UTF-16 units.
const (
	offEntryName = 56
	maxName      = 36
)

// Free lists what of the usable part of the disk belongs to no partition, in bytes
// of the disk, by place.
func (e *GPTEditor) Free() []block.Range {
	c := e.primary
	if c.err != nil {
		c = e.backup
	}
	type span struct{ first, last uint64 }
	var taken []span
	c.used(func(_ int, entry []byte) {
		taken = append(taken, span{binary.LittleEndian.Uint64(entry[offEntryFirst:]), binary.LittleEndian.Uint64(entry[offEntryLast:])})
	})
	slices.SortFunc(taken, func(a, b span) int { return int(min(1, max(-1, int64(a.first)-int64(b.first)))) })
	ss := int64(e.dev.SectorSize())
	var all []block.Range
	next, end := c.u64(offFirstUsable), c.u64(offLastUsable)+1
	add := func(to uint64) {
		if to = min(to, end); to > next {
			all = append(all, block.Range{Off: int64(next) * ss, Len: int64(to-next) * ss})
		}
	}
	for _, t := range taken {
		add(t.first)
		next = max(next, t.last+1)
	}
	add(end)
	return all
}

// NewPartition is a partition to be.
type NewPartition struct {
	Range    block.Range // bytes of the disk, whole sectors
	TypeGUID string
	GUID     string // of its own
	Name     string
}

// Add makes a partition in free space, in both copies, in the first entry that is
// not in use, and returns its number.
func (e *GPTEditor) Add(p NewPartition) (number int, all []Patch, err error) {
	entry, err := e.newEntry(p)
	if err != nil {
		return 0, nil, err
	}
	for i := 0; (i+1)*gptEntrySize <= len(e.primary.entries); i++ {
		if old := e.primary.entries[i*gptEntrySize:][:gptEntrySize]; bytes.Equal(old[:guidSize], make([]byte, guidSize)) {
			all, err := e.both(fmt.Sprintf("entry of the new partition %d", i+1), func(_, entries []byte) { copy(entries[i*gptEntrySize:], entry) })
			return i + 1, all, err
		}
	}
	return 0, nil, Refuse("all entries of the GPT are in use")
}

func (e *GPTEditor) newEntry(p NewPartition) ([]byte, error) {
	ss := int64(e.dev.SectorSize())
	free := slices.ContainsFunc(e.Free(), func(r block.Range) bool { return r.Contains(p.Range) })
	switch {
	case !e.Agree():
		return nil, Refuse("the two copies of the GPT are not both sound and equal; mend that first")
	case len(e.Hybrid()) > 0:
		return nil, Refuse("the MBR before the GPT is a hybrid one, with partitions of its own (slots %v); make the partition with gdisk", e.Hybrid())
	case p.Range.Len <= 0 || p.Range.Off%ss != 0 || p.Range.Len%ss != 0 || !free:
		return nil, Refuse("there is no free space of %d bytes at %#x", p.Range.Len, p.Range.Off)
	}
	entry := make([]byte, gptEntrySize)
	for off, text := range map[int]string{0: p.TypeGUID, offEntryGUID: p.GUID} {
		b, err := guidBytes(text)
		if err != nil {
			return nil, err
		}
		copy(entry[off:], b)
	}
	binary.LittleEndian.PutUint64(entry[offEntryFirst:], uint64(p.Range.Off/ss))
	binary.LittleEndian.PutUint64(entry[offEntryLast:], uint64(p.Range.End()/ss)-1)
	name := utf16.Encode([]rune(p.Name))
	for i, u := range name[:min(len(name), maxName)] {
		binary.LittleEndian.PutUint16(entry[offEntryName+2*i:], u)
	}
	return entry, nil
}
