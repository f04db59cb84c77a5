//go:build !nt5

package bitlocker

import (
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Secret is what unlocks one volume: the key of its sectors.
type Secret struct {
	cipher sectorCipher
	By     Protector // whose key it was
}

// Unlock tries the keys. A volume whose protection is suspended needs none.
// Errors wrap ErrKey or ErrUnsupported, or say that the metadata is damaged.
func (v *Volume) Unlock(keys ...Key) (*Secret, error) {
	var why error = ErrKey
	for _, p := range v.Protectors {
		if p.Kind == ClearKey && p.clear != nil {
			if s, err := v.with(p, p.clear); err == nil {
				return s, nil
			} else {
				why = err
			}
		}
		for _, k := range keys {
			if !k.fits(p) {
				continue
			}
			s, err := v.with(p, k.intermediate(p))
			if err == nil {
				return s, nil
			}
			why = err
		}
	}
	return nil, why
}

// with follows the keys from that of a protector to that of the sectors.
func (v *Volume) with(p Protector, key []byte) (*Secret, error) {
	for _, e := range p.vmk {
		plain, ok := e.decrypt(key)
		if !ok {
			continue
		}
		master, ok := keyIn(plain)
		if !ok {
			return nil, fmt.Errorf("%w: what the key opens is no master key", ErrDamaged)
		}
		for _, s := range v.sectorKeys {
			plain, ok := s.decrypt(master)
			if !ok {
				continue
			}
			sectors, ok := keyIn(plain)
			if !ok {
				break
			}
			c, err := newCipher(v.Method, sectors)
			return &Secret{c, p}, err
		}
		return nil, fmt.Errorf("%w: the key of the sectors cannot be opened", ErrDamaged)
	}
	return nil, ErrKey
}

// SectorSize is the unit of the encryption, in bytes.
func (v *Volume) SectorSize() int { return v.sector }

// Reserved are the places of BitLocker's own, in bytes of the volume: the file
// system has files there that it does not touch, and sees zeros.
func (v *Volume) Reserved() []block.Range {
	return append(v.hidden[:len(v.hidden):len(v.hidden)], v.header)
}

// Device shows the volume as its file system sees it. dev is the partition, or an
// overlay of it; what is written to the Device reaches dev encrypted.
func (v *Volume) Device(dev block.Device, s *Secret) *Device {
	return &Device{volume: v, secret: s, dev: dev}
}

// Device is an unlocked volume. It implements block.Device.
type Device struct {
	volume *Volume
	secret *Secret
	dev    block.Device
}

// Size is that of what is encrypted, in bytes.
func (d *Device) Size() int64 { return d.volume.size }

// SectorSize is that of the partition.
func (d *Device) SectorSize() int { return d.dev.SectorSize() }

// Flush flushes the partition.
func (d *Device) Flush() error { return d.dev.Flush() }

// ErrReserved: BitLocker's own places hold nothing of the file system.
var ErrReserved = errors.New("the place belongs to BitLocker")

// Where is the place of one run of the volume: where on the partition it lies and
// how long it is; ok is false where the file system sees zeros.
func (d *Device) Where(off int64) (at, length int64, ok bool) {
	v := d.volume
	if off < v.header.Len {
		return v.header.Off + off, v.header.Len - off, true
	}
	length = v.size - off
	for _, r := range append(v.hidden[:], v.header) {
		if off >= r.Off && off < r.End() {
			return off, min(r.End()-off, length), false
		}
		if r.Off > off {
			length = min(length, r.Off-off)
		}
	}
	return off, length, true
}

// ReadAt reads and decrypts.
func (d *Device) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, fmt.Errorf("read at %#x: %w", off, block.ErrBounds)
	}
	for n < len(p) {
		if off >= d.Size() {
			return n, io.EOF
		}
		k, err := d.readSome(p[n:], off)
		n, off = n+k, off+int64(k)
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// most is how much is decrypted at once.
const most = 256 << 10

// readSome reads up to the end of a run.
func (d *Device) readSome(p []byte, off int64) (int, error) {
	ss := int64(d.volume.sector)
	at, length, ok := d.Where(off)
	p = p[:min(int64(len(p)), length, most)]
	if !ok {
		clear(p)
		return len(p), nil
	}
	lead := at % ss
	b := make([]byte, (lead+int64(len(p))+ss-1)/ss*ss)
	if n, err := d.dev.ReadAt(b, at-lead); n < len(b) {
		return 0, fmt.Errorf("encrypted sectors at %#x: %w", at-lead, err)
	}
	for i := int64(0); i < int64(len(b)); i += ss {
		d.secret.cipher.decrypt(b[i:i+ss], at-lead+i)
	}
	return copy(p, b[lead:]), nil
}

// WriteAt encrypts and writes whole sectors; around what is given, what is there
// is read before. Places of BitLocker's own are refused before anything is
// written.
func (d *Device) WriteAt(p []byte, off int64) (n int, err error) {
	if !(block.Range{Len: d.Size()}).Contains(block.Range{Off: off, Len: int64(len(p))}) {
		return 0, fmt.Errorf("write of %#x bytes at %#x, the volume has %#x: %w", len(p), off, d.Size(), block.ErrBounds)
	}
	for o := off; o < off+int64(len(p)); {
		_, length, ok := d.Where(o)
		if !ok {
			return 0, fmt.Errorf("write at %#x: %w", o, ErrReserved)
		}
		o += length
	}
	for n < len(p) {
		k, err := d.writeSome(p[n:], off)
		if err != nil {
			return n, err
		}
		n, off = n+k, off+int64(k)
	}
	return n, nil
}

func (d *Device) writeSome(p []byte, off int64) (int, error) {
	ss := int64(d.volume.sector)
	at, length, _ := d.Where(off)
	p = p[:min(int64(len(p)), length, most)]
	lead := at % ss
	b := make([]byte, (lead+int64(len(p))+ss-1)/ss*ss)
	if int64(len(p)) < int64(len(b)) {
		if _, err := d.ReadAt(b, off-lead); err != nil {
			return 0, err
		}
	}
	copy(b[lead:], p)
	for i := int64(0); i < int64(len(b)); i += ss {
		d.secret.cipher.encrypt(b[i:i+ss], at-lead+i)
	}
	if _, err := d.dev.WriteAt(b, at-lead); err != nil {
		return 0, fmt.Errorf("encrypted sectors at %#x: %w", at-lead, err)
	}
	return len(p), nil
}
