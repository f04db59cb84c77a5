package regf

import (
	"encoding/binary"
	"fmt"
	"time"
	"unicode/utf16"
)

// NewOptions says what an empty hive is like.
type NewOptions struct {
	Minor    uint32    // 3, 5 or 6: the version is 1.Minor
	RootName string    // ASCII, 1 to 255 characters; Windows pays no attention to it
	Security []byte    // the root key's security descriptor, self-relative; new keys below it have the same
	Now      time.Time // time stamp of root key, bin and base block; zero: none
	FileName string    // the end of the path; at most 31 characters are kept
}

// newBin is the length of the only bin of an empty hive.
const newBin = 4096

// New returns the bytes of a hive that has a root key and nothing else: one bin with the
// node, its security descriptor and free space. It is clean, with sequence number 1;
// an Editor adds the rest. Errors wrap ErrUnsupported or ErrRefused.
func New(opt NewOptions) ([]byte, error) {
	switch opt.Minor {
	case 3, 5, 6:
	default:
		return nil, fmt.Errorf("%w: no new hives of version 1.%d", ErrUnsupported, opt.Minor)
	}
	if n := len(opt.RootName); n == 0 || n > 255 {
		return nil, fmt.Errorf("%w: the name of the root key has %d characters", ErrRefused, n)
	}
	for _, c := range []byte(opt.RootName) {
		if c < ' ' || c > '~' || c == '\\' {
			return nil, fmt.Errorf("%w: %q is no name of a root key", ErrRefused, opt.RootName)
		}
	}
	if n := len(opt.Security); n < 20 || n > 2048 {
		return nil, fmt.Errorf("%w: a security descriptor of %d bytes", ErrRefused, n)
	}
	b := make([]byte, baseSize+newBin)
	bin := b[baseSize:]
	root := newCells(bin, opt)
	newBase(b, root, opt)
	copy(bin, "hbin")
	binary.LittleEndian.PutUint32(bin[8:], newBin)
	putTime(bin[binTime:], opt.Now)
	return b, nil
}

// newCells fills the bin and returns the offset of the root key.
func newCells(bin []byte, opt NewOptions) uint32 {
	le := binary.LittleEndian
	next := uint32(32)
	alloc := func(n int) (off uint32, content []byte) {
		size := uint32(n+4+7) &^ 7
		off = next
		le.PutUint32(bin[off:], -size)
		next += size
		return off, bin[off+4:]
	}
	const none = 0xffffffff
	root, nk := alloc(76 + len(opt.RootName))
	sk, c := alloc(20 + len(opt.Security))
	copy(c, "sk")
	le.PutUint32(c[4:], sk)
	le.PutUint32(c[8:], sk)
	le.PutUint32(c[12:], 1)
	le.PutUint32(c[16:], uint32(len(opt.Security)))
	copy(c[20:], opt.Security)

	copy(nk, "nk")
	le.PutUint16(nk[2:], 0x2c) // root of a hive, not to be deleted, name in one byte per character
	putTime(nk[4:], opt.Now)
	for _, off := range []int{16, 28, 32, 40, 48} { // parent, subkeys, volatile subkeys, values, class
		le.PutUint32(nk[off:], none)
	}
	le.PutUint32(nk[44:], sk)
	le.PutUint16(nk[72:], uint16(len(opt.RootName)))
	copy(nk[76:], opt.RootName)

	le.PutUint32(bin[next:], newBin-next) // free
	return root
}

func newBase(b []byte, root uint32, opt NewOptions) {
	le := binary.LittleEndian
	copy(b, "regf")
	for off, n := range map[int]uint32{baseSeq1: 1, baseSeq2: 1, baseMajor: 1, baseMinor: opt.Minor,
		0x20: 1, baseRoot: root, baseBins: newBin, 0x2c: 1} { // format: memory load; clustering factor
		le.PutUint32(b[off:], n)
	}
	putTime(b[baseTime:], opt.Now)
	name := utf16.Encode([]rune(opt.FileName))
	if most := baseNameLen/2 - 1; len(name) > most {
		name = name[len(name)-most:]
	}
	for i, u := range name {
		le.PutUint16(b[baseName+2*i:], u)
	}
	le.PutUint32(b[baseChecksum:], Checksum(b))
}

func putTime(b []byte, t time.Time) {
	if !t.IsZero() {
		binary.LittleEndian.PutUint64(b, toFileTime(t))
	}
}
