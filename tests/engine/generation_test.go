package engine

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bootmend/bootmend/drivers/authenticode"
	"github.com/bootmend/bootmend/initramfs/efi"
	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/tool"
)

const (
	of2011 = "Microsoft Windows Production PCA 2011"
	of2023 = "Windows UEFI CA 2023"
	x509ID = "a159c0a5e494a74a87b5ab155c2bf072" // EFI_CERT_X509_GUID
)

// authority signs programs in the name of one of Microsoft's.
type authority struct {
	der []byte
	dir string // leaf.pem, key.pem
}

func newAuthority(t *testing.T, name string) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name, Organization: []string{"Test"}}, NotBefore: from, NotAfter: from.AddDate(30, 0, 0),
		IsCA: true, BasicConstraintsValid: true}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Microsoft Windows"}, NotBefore: from, NotAfter: from.AddDate(30, 0, 0),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}}
	a := authority{dir: t.TempDir()}
	if a.der, err = x509.CreateCertificate(rand.Reader, root, root, key.Public(), key); err != nil {
		t.Fatal(err)
	}
	signer, err := x509.CreateCertificate(rand.Reader, leaf, root, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	a.write(t, "leaf.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signer}))
	a.write(t, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	return a
}

func (a authority) write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(a.dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// sign gives a program its signature, made by osslsigncode.
func (a authority) sign(t *testing.T, program []byte) []byte {
	t.Helper()
	tool.Need(t, "osslsigncode")
	a.write(t, "in.efi", program)
	out := filepath.Join(a.dir, "out.efi")
	os.Remove(out)
	tool.Must(t, "osslsigncode", "sign", "-certs", filepath.Join(a.dir, "leaf.pem"), "-key", filepath.Join(a.dir, "key.pem"), "-in", filepath.Join(a.dir, "in.efi"), "-out", out)
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// list is the certificate as a list of a signature database, in hexadecimal.
func (a authority) list() string {
	le := binary.LittleEndian
	b, _ := hex.DecodeString(x509ID)
	b = le.AppendUint32(b, uint32(28+16+len(a.der)))
	b = le.AppendUint32(b, 0)
	b = le.AppendUint32(b, uint32(16+len(a.der)))
	return hex.EncodeToString(append(append(b, make([]byte, 16)...), a.der...))
}

// TestLoaderGeneration: which of its two copies of the boot manager Windows gets back.
func TestLoaderGeneration(t *testing.T) {
	old, now := newAuthority(t, of2011), newAuthority(t, of2023)
	program, err := guests.StandIn("x64", "10.0.16299.15")
	if err != nil {
		t.Fatal(err)
	}
	signed := map[string][]byte{of2011: old.sign(t, program), of2023: now.sign(t, program)}
	both := old.list() + now.list()
	const path, fallback, loader = `\Windows\Boot\EFI\bootmgfw.efi`, `\EFI\Boot\bootx64.efi`, `\EFI\Microsoft\Boot\bootmgfw.efi`
	for _, tt := range []struct {
		name                 string
		secure, db, dbx      string
		onESP, copies, wants string
		code                 int
	}{
		{name: "nothing known", copies: "both", wants: of2011},
		{name: "what is there", onESP: of2023, copies: "both", wants: of2023},
		{name: "what is there, of 2011", onESP: of2011, copies: "both", wants: of2011},
		{name: "only the other", onESP: of2023, copies: of2011, code: command.ExitPerson},
		{name: "Secure Boot off", secure: "00", db: old.list(), dbx: old.list(), copies: "both", wants: of2011},
		{name: "2011 only", secure: "01", db: old.list(), onESP: of2023, copies: "both", wants: of2011},
		{name: "both", secure: "01", db: both, onESP: of2023, copies: "both", wants: of2023},
		{name: "2011 revoked", secure: "01", db: both, dbx: old.list(), copies: "both", wants: of2023},
		{name: "2011 revoked, no copy", secure: "01", db: both, dbx: old.list(), copies: of2011, code: command.ExitPerson},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, _ := damage.Find("esp-loader-missing")
			_, g := d.Build(t)
			g = g.Without(`\EFI\Microsoft\Boot\bootmgr.efi`).Without(fallback)
			if _, e := g.Find(3, path); e != nil {
				g = g.Without(path)
			}
			if tt.copies != of2023 {
				g = g.With(3, guests.Entry{Kind: guests.Text, Path: path, Data: signed[of2011]})
			}
			if tt.copies != of2011 {
				g = g.With(3, guests.Entry{Kind: guests.Text, Path: `\Windows\Boot\EFI_EX\bootmgfw_EX.efi`, Data: signed[of2023]})
			}
			if tt.onESP != "" {
				g = g.With(1, guests.Entry{Kind: guests.Text, Path: `\EFI\Microsoft\Boot\bootmgr.efi`, Data: signed[tt.onESP]})
			}
			image := g.Build(t)
			args := []string{"--machine", "qemu-pc", image}
			if tt.secure != "" {
				dir := firmware(t, "000002000100", nil)
				write := func(name, value string) {
					b, err := hex.DecodeString("06000000" + value)
					if err == nil {
						err = os.WriteFile(filepath.Join(dir, name), b, 0o600)
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				write(efi.SecureBoot, tt.secure)
				write(efi.Allowed, tt.db)
				write(efi.Forbidden, tt.dbx)
				args = append(args, "--efivars", dir)
			}
			want(t, tt.code, append([]string{"repair", "--yes"}, args...)...)
			for _, file := range []string{loader, fallback} {
				got, err := oracle.FATFile(oracle.Volume(t, image, g.Partition(1)), file)
				if tt.wants == "" {
					if err == nil && len(got) > 0 {
						t.Errorf("%s was written", file)
					}
				} else if err != nil || !bytes.Equal(got, signed[tt.wants]) {
					t.Errorf("%s: %d bytes, %v; want that of %s", file, len(got), err, tt.wants)
				}
			}
		})
	}
}

// TestRealSignatureDatabase: the keys of Microsoft's that Debian's OVMF has enrolled.
func TestRealSignatureDatabase(t *testing.T) {
	flash, err := os.ReadFile("/usr/share/OVMF/OVMF_VARS_4M.ms.fd")
	if err != nil {
		t.Skip("SKIP-TOOL ovmf: not installed")
	}
	kind, _ := hex.DecodeString(x509ID)
	names := map[string]int{}
	for at := 0; ; at++ {
		i := bytes.Index(flash[at:], kind)
		if i < 0 {
			break
		}
		at += i
		size := binary.LittleEndian.Uint32(flash[at+16:])
		if int64(at)+int64(size) > int64(len(flash)) {
			continue // the GUID in another place
		}
		d, err := efi.ParseDatabase(flash[at : at+int(size)])
		if err != nil {
			continue
		}
		for _, c := range d.Certificates {
			names[authenticode.CertificateName(c)]++
		}
	}
	t.Logf("%v", names)
	for _, name := range []string{of2011, "Microsoft Corporation UEFI CA 2011"} {
		if names[name] == 0 {
			t.Errorf("no certificate of %s", name)
		}
	}
}
