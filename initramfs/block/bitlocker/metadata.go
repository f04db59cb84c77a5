//go:build !nt5

package bitlocker

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// Errors of Open and Unlock.
var (
	// ErrDamaged: no copy of the metadata can be used.
	ErrDamaged = errors.New("damaged metadata of BitLocker")
	// ErrUnsupported: the volume is of a kind that is not read.
	ErrUnsupported = errors.New("this kind of BitLocker volume is not read")
	// ErrKey: none of the keys fits.
	ErrKey = errors.New("the key does not unlock the volume")
)

var le = binary.LittleEndian

const (
	signature = "-FVE-FS-"
	toGo      = "MSWIN4.1"

	// In the boot sector; BitLocker To Go has them elsewhere.
	offSectorSize  = 11
	offGUID        = 0xA0
	offGUIDToGo    = 0x1A8
	guidNormal     = "\x3b\xd6\x67\x49\x29\x2e\xd8\x4a\x83\x99\xf6\xa3\x39\xe3\xd0\x01"
	guidEOW        = "\x3b\x4d\xa8\x92\x80\xdd\x0e\x4d\x9e\x4e\xb1\xe3\x28\x4e\xae\xd8"
	metadataCopies = 3

	// Metadata: a head of the block, a head of the entries, the entries; behind a
	// multiple of 16 bytes that the head tells, a checksum.
	regionSize  = 64 << 10
	blockHead   = 64
	entriesHead = 48
	entryHead   = 8
	maxEntries  = 1024

	stateEncrypted = 4
	versionSeven   = 2
)

// Method is how sectors are encrypted.
type Method uint16

// The methods of volumes.
const (
	CBC128Diffuser Method = 0x8000
	CBC256Diffuser Method = 0x8001
	CBC128         Method = 0x8002
	CBC256         Method = 0x8003
	XTS128         Method = 0x8004
	XTS256         Method = 0x8005
)

func (m Method) String() string {
	switch m {
	case CBC128Diffuser:
		return "AES-CBC 128 with diffuser"
	case CBC256Diffuser:
		return "AES-CBC 256 with diffuser"
	case CBC128:
		return "AES-CBC 128"
	case CBC256:
		return "AES-CBC 256"
	case XTS128:
		return "AES-XTS 128"
	case XTS256:
		return "AES-XTS 256"
	}
	return fmt.Sprintf("method %#x", uint16(m))
}

// Volume is an encrypted volume.
type Volume struct {
	GUID        bcd.GUID
	Description string // computer, drive and date, as Windows wrote it
	Method      Method
	Protectors  []Protector
	// Doubts tell in words which copies of the metadata cannot be used or differ from
	// the one that was taken; none where all three are alike.
	Doubts []string

	dev        block.Device
	sector     int
	size       int64          // of what is encrypted
	header     block.Range    // where the first sectors lie
	hidden     [3]block.Range // the copies of the metadata
	sectorKeys []encryptedKey // FVEK
}

// entry is a piece of metadata.
type entry struct {
	kind, value uint16
	data        []byte
}

// Kinds and values of entries.
const (
	kindVMK         = 2
	kindFVEK        = 3
	kindDescription = 7
	kindHeader      = 15

	valueKey       = 1
	valueString    = 2
	valueStretch   = 3
	valueEncrypted = 5
	valueVMK       = 8
	valueExternal  = 9
	valueRange     = 15
)

// entries cuts a row of entries; it ends where they do, or at one of no size.
func entries(b []byte) ([]entry, error) {
	var all []entry
	for len(b) >= entryHead {
		n := int(le.Uint16(b))
		if n == 0 {
			return all, nil
		}
		if n < entryHead || n > len(b) || len(all) == maxEntries {
			return all, fmt.Errorf("%w: entry of %d bytes where %d are left", ErrDamaged, n, len(b))
		}
		all = append(all, entry{le.Uint16(b[2:]), le.Uint16(b[4:]), b[entryHead:n]})
		b = b[n:]
	}
	return all, nil
}

// Open reads the metadata of a volume, which dev is the partition of. Errors wrap
// ErrDamaged or ErrUnsupported.
func Open(dev block.Device) (*Volume, error) {
	boot := make([]byte, 512)
	if n, err := dev.ReadAt(boot, 0); n < len(boot) {
		return nil, fmt.Errorf("boot sector of BitLocker: %w", err)
	}
	at := offGUID
	switch {
	case string(boot[3:11]) == toGo:
		at = offGUIDToGo
	case string(boot[3:11]) != signature:
		return nil, fmt.Errorf("%w: its boot sector has no signature", ErrDamaged)
	}
	switch string(boot[at:][:16]) {
	case guidNormal:
	case guidEOW:
		return nil, fmt.Errorf("%w: it has encrypt-on-write (let Windows finish the encryption, or decrypt it there)", ErrUnsupported)
	default:
		return nil, fmt.Errorf("%w: it is one of Windows Vista, or its boot sector is damaged (decrypt it in a Windows that starts)", ErrUnsupported)
	}
	sector := int(le.Uint16(boot[offSectorSize:]))
	if sector != 512 && sector != 4096 {
		return nil, fmt.Errorf("%w: sectors of %d bytes", ErrDamaged, sector)
	}
	var places [metadataCopies]int64
	for i := range places {
		places[i] = int64(le.Uint64(boot[at+16+8*i:]))
	}
	return choose(dev, sector, places)
}

// parse takes over metadata whose sum is right.
func (v *Volume) parse(b []byte) error {
	if state, next := le.Uint16(b[12:]), le.Uint16(b[14:]); state != stateEncrypted || next != stateEncrypted {
		return fmt.Errorf("%w: it is being encrypted or decrypted, or paused in that (state %d, then %d); let Windows finish", ErrUnsupported, state, next)
	}
	v.size = int64(le.Uint64(b[16:]))
	for i := range metadataCopies {
		v.hidden[i] = block.Range{Off: int64(le.Uint64(b[32+8*i:])), Len: regionSize}
	}
	v.header = block.Range{Off: int64(le.Uint64(b[56:])), Len: int64(le.Uint32(b[28:])) * int64(v.sector)}
	head := b[blockHead:]
	v.Method = Method(le.Uint16(head[36:]))
	copy(v.GUID[:], head[16:32])
	size := int(le.Uint32(head))
	if size < entriesHead || size > len(head) {
		return fmt.Errorf("%w: entries of %d bytes", ErrDamaged, size)
	}
	list, err := entries(head[entriesHead:size])
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := v.take(e); err != nil {
			return err
		}
	}
	return v.check()
}

func (v *Volume) take(e entry) error {
	switch {
	case e.kind == kindVMK && e.value == valueVMK:
		p, err := parseProtector(e.data)
		if err != nil {
			return err
		}
		v.Protectors = append(v.Protectors, p)
	case e.kind == kindFVEK && e.value == valueEncrypted:
		k, err := parseEncrypted(e.data)
		if err != nil {
			return err
		}
		v.sectorKeys = append(v.sectorKeys, k)
	case e.kind == kindDescription && e.value == valueString:
		v.Description = wideText(e.data)
	case e.kind == kindHeader && e.value == valueRange && len(e.data) >= 16:
		v.header = block.Range{Off: int64(le.Uint64(e.data)), Len: int64(le.Uint64(e.data[8:]))}
	}
	return nil
}

// check refuses places that make no sense.
func (v *Volume) check() error {
	whole := block.Range{Len: v.dev.Size()}
	ss := int64(v.sector)
	if v.size <= 0 || v.size > v.dev.Size() || v.size%ss != 0 {
		return fmt.Errorf("%w: %d bytes are encrypted of a volume of %d", ErrDamaged, v.size, v.dev.Size())
	}
	for _, r := range append(v.hidden[:], v.header) {
		if r.Off < v.header.Len || r.Off%ss != 0 || r.Len%ss != 0 || r.Len <= 0 || r.Len > 16<<20 || !whole.Contains(r) {
			return fmt.Errorf("%w: %v is no place of the volume", ErrDamaged, r)
		}
	}
	for i, r := range v.hidden {
		for _, o := range append(v.hidden[i+1:], v.header) {
			if r.Off < o.End() && o.Off < r.End() {
				return fmt.Errorf("%w: %v and %v overlap", ErrDamaged, r, o)
			}
		}
	}
	return nil
}

// wideText is UTF-16LE up to a NUL.
func wideText(b []byte) string {
	return string(bytes.TrimRight([]byte(decodeUTF16(b)), "\x00"))
}
