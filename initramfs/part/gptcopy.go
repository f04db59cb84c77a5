package part

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/diskfs/go-diskfs/partition/gpt"
)

// More offsets in the GPT header and in an entry. Source: UEFI specification,
// 5.3.2 and 5.3.3.
const (
	offRevision   = 8
	offLastUsable = 48
	offDiskGUID   = 56
	offEntriesCRC = 88
	revision1     = 0x00010000

	gptEntrySize   = gpt.PartitionEntrySize
	offEntryGUID   = 16
	offEntryFirst  = 32
	offEntryLast   = 40
	guidSize       = 16
	lbaHeader      = 1 // of the primary
	lbaEntries     = 2 // of the primary
	protectiveFrom = 1
)

// gptCopy is one of the two copies of a GPT. Where err is nil everything that the
// UEFI specification asks of a copy was checked.
type gptCopy struct {
	lba     uint64 // of the header
	header  []byte // headerSize bytes
	entries []byte
	err     error
}

func (c *gptCopy) u64(off int) uint64 { return binary.LittleEndian.Uint64(c.header[off:]) }
func (c *gptCopy) u32(off int) uint32 { return binary.LittleEndian.Uint32(c.header[off:]) }

// readCopy reads the copy whose header is in LBA lba.
func readCopy(dev block.Device, lba uint64) *gptCopy {
	c := &gptCopy{lba: lba, header: make([]byte, headerSize)}
	ss := int64(dev.SectorSize())
	if n, err := dev.ReadAt(c.header, int64(lba)*ss); n < headerSize {
		c.err = fmt.Errorf("LBA %d: %w", lba, err)
		return c
	}
	if c.err = c.checkHeader(uint64(dev.Size() / ss)); c.err != nil {
		return c
	}
	c.entries = make([]byte, int64(c.u32(offEntryCount))*gptEntrySize)
	if n, err := dev.ReadAt(c.entries, int64(c.u64(offEntriesLBA))*ss); n < len(c.entries) {
		c.err = fmt.Errorf("entry array in LBA %d: %w", c.u64(offEntriesLBA), err)
	} else if sum := crc32.ChecksumIEEE(c.entries); sum != c.u32(offEntriesCRC) {
		c.err = fmt.Errorf("entry array in LBA %d: checksum %08x, the header says %08x", c.u64(offEntriesLBA), sum, c.u32(offEntriesCRC))
	}
	return c
}

func (c *gptCopy) checkHeader(sectors uint64) error {
	if string(c.header[:8]) != gptHeaderMagic {
		return fmt.Errorf("LBA %d holds no GPT header", c.lba)
	}
	sealed := bytes.Clone(c.header)
	seal(sealed, nil)
	count := c.u32(offEntryCount)
	switch {
	case c.u32(offHeaderSize) != headerSize || c.u32(offRevision) != revision1:
		return fmt.Errorf("header in LBA %d: size %d, revision %#x", c.lba, c.u32(offHeaderSize), c.u32(offRevision))
	case !bytes.Equal(sealed, c.header):
		return fmt.Errorf("header in LBA %d: checksum is wrong", c.lba)
	case c.u64(offMyLBA) != c.lba:
		return fmt.Errorf("header in LBA %d says that it is in LBA %d", c.lba, c.u64(offMyLBA))
	case c.u32(offEntrySize) != gptEntrySize || count == 0 || count > maxEntries:
		return fmt.Errorf("header in LBA %d: %d entries of %d bytes", c.lba, count, c.u32(offEntrySize))
	case c.u64(offFirstUsable) > c.u64(offLastUsable) || c.u64(offLastUsable) >= sectors || c.u64(offEntriesLBA) >= sectors:
		return fmt.Errorf("header in LBA %d: usable from %d to %d, entries in %d, the disk has %d sectors", c.lba,
			c.u64(offFirstUsable), c.u64(offLastUsable), c.u64(offEntriesLBA), sectors)
	}
	return nil
}

// seal puts the checksums into a header; nil entries leave theirs.
func seal(header, entries []byte) {
	if entries != nil {
		binary.LittleEndian.PutUint32(header[offEntriesCRC:], crc32.ChecksumIEEE(entries))
	}
	clear(header[offHeaderCRC : offHeaderCRC+4])
	binary.LittleEndian.PutUint32(header[offHeaderCRC:], crc32.ChecksumIEEE(header))
}

// used calls visit for every entry in use.
func (c *gptCopy) used(visit func(number int, entry []byte)) {
	for i := 0; (i+1)*gptEntrySize <= len(c.entries); i++ {
		if e := c.entries[i*gptEntrySize : (i+1)*gptEntrySize]; !bytes.Equal(e[:guidSize], make([]byte, guidSize)) {
			visit(i+1, e)
		}
	}
}

// overlaps reports whether a partition lies in these sectors.
func (c *gptCopy) overlaps(first, last uint64) (number int) {
	c.used(func(n int, e []byte) {
		if binary.LittleEndian.Uint64(e[offEntryFirst:]) <= last && binary.LittleEndian.Uint64(e[offEntryLast:]) >= first {
			number = n
		}
	})
	return number
}

// guidBytes turns the text of a GUID into the bytes of a GPT, in which the first
// three numbers are little endian.
func guidBytes(text string) ([]byte, error) {
	digits := strings.ReplaceAll(strings.Trim(text, "{}"), "-", "")
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) != guidSize {
		return nil, Refuse("%q is no GUID; want for instance %s", text, GUIDBasicData)
	}
	for _, r := range [][2]int{{0, 4}, {4, 6}, {6, 8}} {
		for i, j := r[0], r[1]-1; i < j; i, j = i+1, j-1 {
			b[i], b[j] = b[j], b[i]
		}
	}
	return b, nil
}
