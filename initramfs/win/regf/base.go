package regf

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// baseSize is the size of the base block, and the file offset of the first
// hbin, from which all cell offsets count.
const baseSize = 4096

// Offsets in the base block.
const (
	baseSeq1     = 0x04
	baseSeq2     = 0x08
	baseTime     = 0x0c
	baseMajor    = 0x14
	baseMinor    = 0x18
	baseType     = 0x1c
	baseRoot     = 0x24
	baseBins     = 0x28
	baseName     = 0x30
	baseNameLen  = 64
	baseChecksum = 0x1fc
)

// BaseBlock is the header of a hive. Offsets and sizes are bytes.
type BaseBlock struct {
	Seq1, Seq2 uint32    // equal when the last write was completed
	Timestamp  time.Time // last write
	Major      uint32    // 1
	Minor      uint32    // 1 to 6; 1 and 2 are Windows NT 3.x
	Type       uint32    // 0: a hive; other numbers are logs
	RootOffset uint32    // cell offset of the root key, from the first hbin
	BinsSize   uint32    // bytes in hbins
	FileName   string    // the end of the path Windows loaded it from
	Checksum   uint32    // as stored
	Computed   uint32    // as it should be
}

// State tells whether the file can be trusted on its own. A hive that is not
// clean may still be read, but Windows would first replay its log over it.
// Clean says nothing about keys and values: a damaged hive often has a perfect
// base block.
type State struct {
	Clean   bool
	Reasons []string // one sentence each; empty when clean
}

// Checksum computes the base block's checksum: the exclusive or of its first
// 127 little endian words, where 0 becomes 1 and 0xFFFFFFFF becomes 0xFFFFFFFE.
// b holds at least 508 bytes.
func Checksum(b []byte) uint32 {
	var x uint32
	for i := 0; i < baseChecksum; i += 4 {
		x ^= binary.LittleEndian.Uint32(b[i:])
	}
	switch x {
	case 0:
		return 1
	case 0xffffffff:
		return 0xfffffffe
	}
	return x
}

func parseBase(b []byte) (BaseBlock, error) {
	if string(b[:4]) != "regf" {
		return BaseBlock{}, fmt.Errorf("%w: %s", ErrSignature, describe(b))
	}
	le := binary.LittleEndian
	h := BaseBlock{
		Seq1: le.Uint32(b[baseSeq1:]), Seq2: le.Uint32(b[baseSeq2:]),
		Timestamp: FileTime(le.Uint64(b[baseTime:])),
		Major:     le.Uint32(b[baseMajor:]), Minor: le.Uint32(b[baseMinor:]),
		Type: le.Uint32(b[baseType:]), RootOffset: le.Uint32(b[baseRoot:]),
		BinsSize: le.Uint32(b[baseBins:]),
		Checksum: le.Uint32(b[baseChecksum:]), Computed: Checksum(b),
	}
	h.FileName, _, _ = strings.Cut(decodeUTF16(b[baseName:baseName+baseNameLen]), "\x00")
	if h.Type != 0 {
		return h, fmt.Errorf("%w: file type %d is a transaction log, not a hive", ErrUnsupported, h.Type)
	}
	if h.Major != 1 || h.Minor < 1 || h.Minor > 6 {
		return h, fmt.Errorf("%w: version %d.%d, readable are 1.1 to 1.6", ErrUnsupported, h.Major, h.Minor)
	}
	return h, nil
}

// describe says what a file is that has no regf signature.
func describe(b []byte) string {
	zero := true
	for _, c := range b {
		zero = zero && c == 0
	}
	switch {
	case zero:
		return "its first 4096 bytes are zero"
	case string(b[:4]) == "CREG":
		return "a Windows 95/98/Me registry file (CREG)"
	case string(b[:4]) == "HvLE" || string(b[:4]) == "DIRT":
		return fmt.Sprintf("the inside of a transaction log (%s)", b[:4])
	}
	return fmt.Sprintf("it starts with % x", b[:4])
}

func (h *BaseBlock) state(fileSize int64) State {
	var s State
	add := func(format string, args ...any) { s.Reasons = append(s.Reasons, fmt.Sprintf(format, args...)) }
	if h.Seq1 != h.Seq2 {
		add("sequence numbers differ (%d, %d): a write was not completed or its changes are in the log", h.Seq1, h.Seq2)
	}
	if h.Checksum != h.Computed {
		add("base block checksum is %#08x, its content gives %#08x", h.Checksum, h.Computed)
	}
	if h.BinsSize == 0 || h.BinsSize%4096 != 0 {
		add("hbins size %#x is no multiple of 4096", h.BinsSize)
	}
	if end := baseSize + int64(h.BinsSize); end > fileSize {
		add("hbins end at %#x, the file at %#x", end, fileSize)
	}
	s.Clean = len(s.Reasons) == 0
	return s
}

// FileTime converts a FILETIME: 100 ns units since 1601-01-01 UTC.
func FileTime(t uint64) time.Time {
	const perSecond, epoch = 10_000_000, 11_644_473_600
	return time.Unix(int64(t/perSecond)-epoch, int64(t%perSecond)*100).UTC()
}
