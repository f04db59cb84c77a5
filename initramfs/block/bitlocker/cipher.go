//go:build !nt5

package bitlocker

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
	"fmt"
	"math/bits"
)

// sectorCipher encrypts one sector in place; off is where it lies on the volume, in
// bytes.
type sectorCipher interface {
	encrypt(b []byte, off int64)
	decrypt(b []byte, off int64)
}

// newCipher takes the key of the sectors.
func newCipher(m Method, key []byte) (sectorCipher, error) {
	need := map[Method]int{CBC128: 16, CBC256: 32, XTS128: 32, XTS256: 64, CBC128Diffuser: 64, CBC256Diffuser: 64}[m]
	if need == 0 {
		return nil, fmt.Errorf("%w: %s", ErrUnsupported, m)
	}
	if len(key) != need {
		return nil, fmt.Errorf("%w: a key of %d bytes for %s", ErrDamaged, len(key), m)
	}
	switch m {
	case XTS128, XTS256:
		data, err := aes.NewCipher(key[:need/2])
		if err != nil {
			return nil, err
		}
		tweak, err := aes.NewCipher(key[need/2:])
		return xts{data, tweak}, err
	case CBC128Diffuser, CBC256Diffuser:
		// Both keys have room for 256 bits.
		n := 16
		if m == CBC256Diffuser {
			n = 32
		}
		data, err := aes.NewCipher(key[:n])
		if err != nil {
			return nil, err
		}
		tweak, err := aes.NewCipher(key[32:][:n])
		return elephant{cbc{data}, tweak}, err
	}
	data, err := aes.NewCipher(key)
	return cbc{data}, err
}

// cbc is AES-CBC with the encrypted offset of the sector as initial vector.
type cbc struct{ c cipher.Block }

func (c cbc) vector(off int64) []byte {
	iv := make([]byte, aes.BlockSize)
	le.PutUint64(iv, uint64(off))
	c.c.Encrypt(iv, iv)
	return iv
}

func (c cbc) encrypt(b []byte, off int64) {
	cipher.NewCBCEncrypter(c.c, c.vector(off)).CryptBlocks(b, b)
}

func (c cbc) decrypt(b []byte, off int64) {
	cipher.NewCBCDecrypter(c.c, c.vector(off)).CryptBlocks(b, b)
}

// xts is AES-XTS with the number of the sector as tweak.
type xts struct{ data, tweak cipher.Block }

func (x xts) encrypt(b []byte, off int64) { x.crypt(b, off, x.data.Encrypt) }
func (x xts) decrypt(b []byte, off int64) { x.crypt(b, off, x.data.Decrypt) }

func (x xts) crypt(b []byte, off int64, one func(dst, src []byte)) {
	var t [aes.BlockSize]byte
	le.PutUint64(t[:], uint64(off/int64(len(b))))
	x.tweak.Encrypt(t[:], t[:])
	for ; len(b) > 0; b = b[aes.BlockSize:] {
		block := b[:aes.BlockSize]
		subtle.XORBytes(block, block, t[:])
		one(block, block)
		subtle.XORBytes(block, block, t[:])
		// times x in GF(2^128)
		low, high := le.Uint64(t[:]), le.Uint64(t[8:])
		carry := high >> 63
		le.PutUint64(t[8:], high<<1|low>>63)
		le.PutUint64(t[:], low<<1^carry*0x87)
	}
}

// elephant is CBC with two diffusers around it and a key of its own for each sector.
type elephant struct {
	cbc
	tweak cipher.Block
}

func (e elephant) encrypt(b []byte, off int64) {
	e.mix(b, off)
	w := words(b)
	diffuse(w, false, -2, -5, [4]int{9, 0, 13, 0}, 5)
	diffuse(w, false, 2, 5, [4]int{0, 10, 0, 25}, 3)
	put(b, w)
	e.cbc.encrypt(b, off)
}

func (e elephant) decrypt(b []byte, off int64) {
	e.cbc.decrypt(b, off)
	w := words(b)
	diffuse(w, true, 2, 5, [4]int{0, 10, 0, 25}, 3)
	diffuse(w, true, -2, -5, [4]int{9, 0, 13, 0}, 5)
	put(b, w)
	e.mix(b, off)
}

// mix adds the key of the sector, 32 bytes over and over.
func (e elephant) mix(b []byte, off int64) {
	var key [2 * aes.BlockSize]byte
	le.PutUint64(key[:], uint64(off))
	le.PutUint64(key[aes.BlockSize:], uint64(off))
	key[len(key)-1] = 0x80
	e.tweak.Encrypt(key[:aes.BlockSize], key[:aes.BlockSize])
	e.tweak.Encrypt(key[aes.BlockSize:], key[aes.BlockSize:])
	for ; len(b) > 0; b = b[len(key):] {
		subtle.XORBytes(b, b[:len(key)], key[:])
	}
}

// diffuse runs cycles of a diffuser over the words of a sector: forward from the first
// word on, where decrypting; backward from the last, where encrypting.
func diffuse(d []uint32, decrypt bool, near, far int, rotate [4]int, cycles int) {
	n := len(d)
	for range cycles {
		for k := range n {
			i := k
			if !decrypt {
				i = n - 1 - k
			}
			x := d[(i+near+n)%n] ^ bits.RotateLeft32(d[(i+far+n)%n], rotate[i%4])
			if decrypt {
				d[i] += x
			} else {
				d[i] -= x
			}
		}
	}
}

func words(b []byte) []uint32 {
	w := make([]uint32, len(b)/4)
	for i := range w {
		w[i] = le.Uint32(b[4*i:])
	}
	return w
}

func put(b []byte, w []uint32) {
	for i, x := range w {
		le.PutUint32(b[4*i:], x)
	}
}
