package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// State is how far a transaction got.
type State uint32

// The states; see the package comment for what each says of the disks.
const (
	Prepared  State = 1
	Committed State = 2
	Reverting State = 3
	Closing   State = 4
)

func (s State) String() string {
	switch s {
	case Prepared:
		return "prepared"
	case Committed:
		return "committed"
	case Reverting:
		return "reverting"
	case Closing:
		return "closing"
	}
	return fmt.Sprintf("state %d", uint32(s))
}

// Version is the version of record and payload that is written and read.
const Version = 3

const recordMagic = "BMJOURNL"

// headerSize is one logical sector, the part of a record that changes; the
// body behind it never does.
const headerSize = 512

// Offsets in the header; all numbers are little endian.
const (
	offMagic       = 0   // 8 bytes
	offVersion     = 8   // u32
	offState       = 12  // u32
	offSequence    = 16  // u64, one more with every change of state
	offID          = 24  // 16 bytes
	offSelf        = 40  // i64, where this copy lies
	offOther       = 48  // i64, where the other one lies
	offDeviceSize  = 56  // i64
	offBodyLen     = 64  // u32
	offBodySum     = 72  // SHA-256 of the body
	offManifestLen = 104 // i64
	offManifestSum = 112 // SHA-256 of the manifest; valid from Committed on
	offCRC         = 508 // u32, CRC-32C of the bytes before
)

// header is sector 0 of a copy of the record.
type header struct {
	state       State
	seq         uint64
	id          [16]byte
	self, other int64
	size        int64 // of the device
	bodyLen     uint32
	bodySum     [32]byte
	manifestLen int64
	manifestSum [32]byte
}

func checksum(p []byte) uint32 { return crc32.Checksum(p, crc32.MakeTable(crc32.Castagnoli)) }

func (h header) encode() []byte {
	p, le := make([]byte, headerSize), binary.LittleEndian
	copy(p[offMagic:], recordMagic)
	le.PutUint32(p[offVersion:], Version)
	le.PutUint32(p[offState:], uint32(h.state))
	le.PutUint64(p[offSequence:], h.seq)
	copy(p[offID:], h.id[:])
	le.PutUint64(p[offSelf:], uint64(h.self))
	le.PutUint64(p[offOther:], uint64(h.other))
	le.PutUint64(p[offDeviceSize:], uint64(h.size))
	le.PutUint32(p[offBodyLen:], h.bodyLen)
	copy(p[offBodySum:], h.bodySum[:])
	le.PutUint64(p[offManifestLen:], uint64(h.manifestLen))
	copy(p[offManifestSum:], h.manifestSum[:])
	le.PutUint32(p[offCRC:], checksum(p[:offCRC]))
	return p
}

// decodeHeader reads sector 0 of the copy at offset self of a device. The
// error wraps ErrNone where there is none, or one that was copied from
// elsewhere, ErrVersion or ErrDamaged.
func decodeHeader(p []byte, self, size int64) (header, error) {
	if len(p) < headerSize || !bytes.HasPrefix(p, []byte(recordMagic)) {
		return header{}, ErrNone
	}
	le := binary.LittleEndian
	if got, want := le.Uint32(p[offCRC:]), checksum(p[:offCRC]); got != want {
		return header{}, fmt.Errorf("record at %#x: checksum %#x, computed %#x: %w", self, got, want, ErrDamaged)
	}
	h := header{
		state: State(le.Uint32(p[offState:])), seq: le.Uint64(p[offSequence:]), id: [16]byte(p[offID:]),
		self: int64(le.Uint64(p[offSelf:])), other: int64(le.Uint64(p[offOther:])), size: int64(le.Uint64(p[offDeviceSize:])),
		bodyLen: le.Uint32(p[offBodyLen:]), bodySum: [32]byte(p[offBodySum:]),
		manifestLen: int64(le.Uint64(p[offManifestLen:])), manifestSum: [32]byte(p[offManifestSum:]),
	}
	if h.self != self || h.size != size {
		return header{}, fmt.Errorf("record at %#x is a copy of one at %#x of a device of %d bytes: %w", self, h.self, h.size, ErrNone)
	}
	if v := le.Uint32(p[offVersion:]); v != Version {
		return header{}, fmt.Errorf("record at %#x: version %d, want %d: %w", self, v, Version, ErrVersion)
	}
	switch {
	case h.state < Prepared || h.state > Closing:
		return header{}, fmt.Errorf("record at %#x: %v: %w", self, h.state, ErrDamaged)
	case h.other < 0 || h.other%BlockSize != 0 || h.other == self || h.other > size-BlockSize:
		return header{}, fmt.Errorf("record at %#x: other copy at %#x: %w", self, h.other, ErrDamaged)
	case h.bodyLen > BlockSize-headerSize:
		return header{}, fmt.Errorf("record at %#x: body of %d bytes: %w", self, h.bodyLen, ErrDamaged)
	case h.manifestLen < 0 || h.manifestLen > maxManifest:
		return header{}, fmt.Errorf("record at %#x: manifest of %d bytes: %w", self, h.manifestLen, ErrDamaged)
	}
	return h, nil
}

// encodeRecord gives one whole copy.
func encodeRecord(h header, body []byte) []byte {
	p := make([]byte, BlockSize)
	copy(p, h.encode())
	copy(p[headerSize:], body)
	return p
}

// decodeRecord reads a whole copy. With ErrDamaged and a state in the header
// only the body is wrong: a copy that was being written or wiped.
func decodeRecord(p []byte, self, size int64) (header, body, error) {
	h, err := decodeHeader(p, self, size)
	if err != nil {
		return header{}, body{}, err
	}
	if len(p) < BlockSize {
		return h, body{}, fmt.Errorf("record at %#x: %d bytes: %w", self, len(p), ErrDamaged)
	}
	raw := p[headerSize : headerSize+h.bodyLen]
	if sha256.Sum256(raw) != h.bodySum {
		return h, body{}, fmt.Errorf("record at %#x: body does not have its hash: %w", self, ErrDamaged)
	}
	b, err := decodeBody(raw)
	if err != nil {
		return h, body{}, fmt.Errorf("record at %#x: %w", self, err)
	}
	return h, b, nil
}
