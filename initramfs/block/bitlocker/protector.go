//go:build !nt5

package bitlocker

import (
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// Kind of a protector.
type Kind uint16

// The kinds that matter; others are combinations with a TPM.
const (
	ClearKey         Kind = 0x0000 // the protection is suspended: the key lies open
	TPM              Kind = 0x0100
	StartupKey       Kind = 0x0200 // a .bek file, also as means of recovery
	TPMAndPIN        Kind = 0x0500
	RecoveryPassword Kind = 0x0800 // 48 digits
	Password         Kind = 0x2000
)

func (k Kind) String() string {
	switch k {
	case ClearKey:
		return "clear key (protection suspended)"
	case TPM:
		return "TPM"
	case StartupKey:
		return "key file"
	case TPMAndPIN:
		return "TPM and PIN"
	case RecoveryPassword:
		return "recovery password"
	case Password:
		return "password"
	}
	return fmt.Sprintf("protector %#04x", uint16(k))
}

// Protector is one way to unlock a volume.
type Protector struct {
	ID   bcd.GUID // what Windows shows as the ID of the key
	Kind Kind
	Name string

	salt  []byte         // of what is stretched
	clear []byte         // the key itself
	vmk   []encryptedKey // the volume master key
}

// ShortID is what the recovery screen of Windows shows: the first eight digits.
func (p Protector) ShortID() string { return strings.ToUpper(p.ID.Bare()[:8]) }

const (
	protectorHead = 28 // GUID, time, u16, u16 kind
	stretchHead   = 20 // u32 method, salt
	saltSize      = 16
	keyHead       = 4 // u32 method
	keySize       = 32
)

func parseProtector(b []byte) (Protector, error) {
	if len(b) < protectorHead {
		return Protector{}, fmt.Errorf("%w: protector of %d bytes", ErrDamaged, len(b))
	}
	p := Protector{Kind: Kind(le.Uint16(b[26:]))}
	copy(p.ID[:], b)
	list, err := entries(b[protectorHead:])
	if err != nil {
		return p, err
	}
	for _, e := range list {
		switch {
		case e.value == valueString:
			p.Name = wideText(e.data)
		case e.value == valueStretch && len(e.data) >= stretchHead:
			p.salt = e.data[4:stretchHead]
		case e.value == valueKey && len(e.data) == keyHead+keySize:
			p.clear = e.data[keyHead:]
		case e.value == valueEncrypted:
			k, err := parseEncrypted(e.data)
			if err != nil {
				return p, err
			}
			p.vmk = append(p.vmk, k)
		}
	}
	return p, nil
}

// encryptedKey is a key under AES-CCM.
type encryptedKey struct{ nonce, mac, data []byte }

const (
	nonceSize = 12
	macSize   = 16
)

func parseEncrypted(b []byte) (encryptedKey, error) {
	if len(b) <= nonceSize+macSize {
		return encryptedKey{}, fmt.Errorf("%w: encrypted key of %d bytes", ErrDamaged, len(b))
	}
	return encryptedKey{b[:nonceSize], b[nonceSize:][:macSize], b[nonceSize+macSize:]}, nil
}

func decodeUTF16(b []byte) string {
	var all []uint16
	for ; len(b) >= 2; b = b[2:] {
		all = append(all, le.Uint16(b))
	}
	return string(utf16.Decode(all))
}
