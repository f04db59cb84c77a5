//go:build !nt5

package bitlocker

import (
	"crypto/aes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// Key is what a person has.
type Key struct {
	digits  []byte   // recovery password: 16 bytes
	file    []byte   // key file: 32 bytes
	id      bcd.GUID // of the protector that the key file belongs to
	hasID   bool
	shortID string // what the person wrote before it, upper case, "" for any
}

const (
	groups      = 8
	groupDigits = 6
	// bekHead is the head of a key file, which is like that of entries of metadata.
	bekHead  = 48
	maxBEK   = 64 << 10
	external = 24 // GUID and time before what is in an external key
)

// KeyVariable names the environment variable by which recovery passwords and paths of
// key files, separated by commas, reach the engine: command lines are seen by others and
// kept.
const KeyVariable = "BOOTMEND_BITLOCKER_KEY"

// Redact replaces what may be a recovery password in a text that is shown or kept.
func Redact(text string) string { return passwords().ReplaceAllString(text, "(recovery key)") }

var passwords = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(\d{6}[- ]?){7}\d{6}`) })

// ErrNotKey: the text or file is no key.
var ErrNotKey = errors.New("this is no key of BitLocker")

// ParseKey reads a recovery password of 48 digits, in groups or not; before it there
// may be the ID of its protector, or the beginning of that, and a colon.
func ParseKey(text string) (Key, error) {
	var k Key
	if id, rest, ok := strings.Cut(text, ":"); ok {
		k.shortID, text = strings.ToUpper(strings.Trim(strings.TrimSpace(id), "{}")), rest
	}
	digits := strings.NewReplacer("-", "", " ", "").Replace(strings.TrimSpace(text))
	if len(digits) != groups*groupDigits {
		return k, fmt.Errorf("%w: a recovery key has 48 digits in eight groups, this has %d", ErrNotKey, len(digits))
	}
	for i := range groups {
		group := digits[i*groupDigits:][:groupDigits]
		n, err := strconv.ParseUint(group, 10, 32)
		if err != nil {
			return k, fmt.Errorf("%w: group %d is not six digits", ErrNotKey, i+1)
		}
		if n%11 != 0 || n/11 > 0xFFFF {
			return k, fmt.Errorf("%w: group %d (%s) has a wrong digit", ErrNotKey, i+1, group)
		}
		k.digits = le.AppendUint16(k.digits, uint16(n/11))
	}
	return k, nil
}

// ReadKeyFile reads a key file (.bek).
func ReadKeyFile(r io.Reader) (Key, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxBEK+1))
	if err != nil {
		return Key{}, err
	}
	if len(b) < bekHead || len(b) > maxBEK || int64(le.Uint32(b)) > int64(len(b)) || le.Uint32(b[8:]) != bekHead || le.Uint32(b) < bekHead {
		return Key{}, fmt.Errorf("%w: the file has no head of a .bek", ErrNotKey)
	}
	list, err := entries(b[bekHead:le.Uint32(b)])
	if err != nil {
		return Key{}, fmt.Errorf("%w: %w", ErrNotKey, err)
	}
	for _, e := range list {
		if e.value != valueExternal || len(e.data) < external {
			continue
		}
		inner, err := entries(e.data[external:])
		if err != nil {
			return Key{}, fmt.Errorf("%w: %w", ErrNotKey, err)
		}
		for _, i := range inner {
			if i.value == valueKey && len(i.data) == keyHead+keySize {
				return Key{file: i.data[keyHead:], id: bcd.GUID(e.data[:16]), hasID: true}, nil
			}
		}
	}
	return Key{}, fmt.Errorf("%w: the file holds no external key", ErrNotKey)
}

// fits reports whether the key may be one for the protector.
func (k Key) fits(p Protector) bool {
	if k.file != nil {
		return p.Kind == StartupKey && (!k.hasID || k.id == p.ID)
	}
	return k.digits != nil && p.Kind == RecoveryPassword && strings.HasPrefix(strings.ToUpper(p.ID.Bare()), k.shortID)
}

// intermediate is the key under which the protector has the VMK.
func (k Key) intermediate(p Protector) []byte {
	if k.file != nil {
		return k.file
	}
	return stretch(sha256.Sum256(k.digits), p.salt)
}

// rounds of the stretching.
const rounds = 0x100000

// stretch makes a recovery password or a password costly to guess: SHA-256 over the
// last digest, the first, the salt, and the number of the round.
func stretch(first [32]byte, salt []byte) []byte {
	var b [32 + 32 + saltSize + 8]byte
	copy(b[32:], first[:])
	copy(b[64:], salt)
	for n := range uint64(rounds) {
		le.PutUint64(b[80:], n)
		last := sha256.Sum256(b[:])
		copy(b[:], last[:])
	}
	return b[:32]
}

// lengthSize is what a block has left for the length of the text.
const lengthSize = aes.BlockSize - 1 - nonceSize

// decrypt opens a key under AES-CCM with 12 bytes of nonce and 16 of MAC (NIST SP
// 800-38C); false when the key is another or something was changed.
func (e encryptedKey) decrypt(key []byte) ([]byte, bool) {
	c, err := aes.NewCipher(key)
	if err != nil || len(e.data) >= 1<<16 {
		return nil, false
	}
	var counter, pad [aes.BlockSize]byte
	counter[0] = lengthSize - 1
	copy(counter[1:], e.nonce)
	stream := func(n int) []byte {
		counter[14], counter[15] = byte(n>>8), byte(n)
		c.Encrypt(pad[:], counter[:])
		return pad[:]
	}
	plain := make([]byte, len(e.data))
	for off := 0; off < len(plain); off += aes.BlockSize {
		end := min(off+aes.BlockSize, len(plain))
		subtle.XORBytes(plain[off:end], e.data[off:end], stream(off/aes.BlockSize+1))
	}
	mac := macOf(c.Encrypt, e.nonce, plain)
	subtle.XORBytes(mac, mac, stream(0))
	return plain, subtle.ConstantTimeCompare(mac, e.mac) == 1
}

// macOf is CBC-MAC over the first block of CCM and the text.
func macOf(encrypt func(dst, src []byte), nonce, text []byte) []byte {
	mac := make([]byte, aes.BlockSize)
	mac[0] = (macSize-2)/2<<3 | (lengthSize - 1)
	copy(mac[1:], nonce)
	mac[14], mac[15] = byte(len(text)>>8), byte(len(text))
	encrypt(mac, mac)
	for off := 0; off < len(text); off += aes.BlockSize {
		end := min(off+aes.BlockSize, len(text))
		subtle.XORBytes(mac[:end-off], mac[:end-off], text[off:end])
		encrypt(mac, mac)
	}
	return mac
}

// decryptedHead is before a decrypted key: u16 size, kind, value, version, u32 method.
const decryptedHead = 12

// keyIn is the key in what was decrypted.
func keyIn(plain []byte) ([]byte, bool) {
	if len(plain) < decryptedHead || int(le.Uint16(plain)) != len(plain) {
		return nil, false
	}
	return plain[decryptedHead:], true
}
