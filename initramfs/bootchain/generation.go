package bootchain

import (
	"bytes"

	"github.com/bootmend/bootmend/drivers/authenticode"
	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/efi"
	"github.com/bootmend/bootmend/initramfs/machine"
)

// Generation is the certificate of Microsoft's that Windows' programs for UEFI are
// signed by. Windows keeps those of 2011 in \Windows\Boot\EFI; since 2024 those of
// 2023 lie in \Windows\Boot\EFI_EX, for machines that were moved to it
// (support.microsoft.com, KB5025885).
type Generation string

// The generations.
const (
	UnknownGeneration Generation = ""
	Of2011            Generation = "Microsoft Windows Production PCA 2011"
	Of2023            Generation = "Windows UEFI CA 2023"
)

// GenerationOf is that of a program, by the issuer of its signer's certificate.
func GenerationOf(program []byte) Generation {
	const mostSignature = 1 << 20
	f, err := pe.Open(bytes.NewReader(program), int64(len(program)))
	if err != nil {
		return UnknownGeneration
	}
	b, err := f.Certificate(mostSignature)
	if err != nil || b == nil {
		return UnknownGeneration
	}
	e, err := authenticode.ParseEmbedded(b)
	if err != nil {
		return UnknownGeneration
	}
	for _, s := range e.Signatures {
		switch g := Generation(s.Issuer); g {
		case Of2011, Of2023:
			return g
		}
	}
	return UnknownGeneration
}

// SecureBoot is what a machine's firmware starts.
type SecureBoot struct {
	On bool // and known
	// certificates by common name
	allowed, forbidden []string
}

// ReadSecureBoot reads it from the variables of the firmware. Where these are not
// known, Secure Boot counts as off.
func ReadSecureBoot(m *machine.Machine) SecureBoot {
	if !edition.NT6 {
		return SecureBoot{}
	}
	s := SecureBoot{}
	if on := m.Variable(efi.SecureBoot); on == nil || len(on.Data) != 1 || on.Data[0] != 1 {
		return s
	}
	var ok bool
	if s.allowed, ok = certificatesIn(m.Variable(efi.Allowed)); !ok {
		return s
	}
	s.forbidden, ok = certificatesIn(m.Variable(efi.Forbidden))
	s.On = ok
	return s
}

// certificatesIn are the names of the certificates of a database; ok is false where
// it cannot be read. None is an empty one.
func certificatesIn(v *efi.Variable) (names []string, ok bool) {
	if v == nil {
		return nil, true
	}
	d, err := efi.ParseDatabase(v.Data)
	for _, c := range d.Certificates {
		names = append(names, authenticode.CertificateName(c))
	}
	return names, err == nil
}

// Takes reports whether the firmware starts what is signed by that certificate.
// Programs whose single versions were revoked are not known here.
func (s SecureBoot) Takes(g Generation) bool {
	has := func(names []string) bool {
		for _, n := range names {
			if n == string(g) {
				return true
			}
		}
		return false
	}
	return !s.On || has(s.allowed) && !has(s.forbidden)
}

// Preferred are the generations that a replaced program may have on a machine, best
// first: those that its firmware starts, and of these first that of what is there.
func Preferred(m *machine.Machine, there Generation) []Generation {
	order := []Generation{Of2011, Of2023}
	if there == Of2023 {
		order = []Generation{Of2023, Of2011}
	}
	secure := ReadSecureBoot(m)
	var all []Generation
	for _, g := range order {
		if secure.Takes(g) {
			all = append(all, g)
		}
	}
	return all
}
