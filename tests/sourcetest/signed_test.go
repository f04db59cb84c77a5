package sourcetest

import (
	"encoding/hex"
	"errors"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/authenticode"
	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/media"
)

var (
	osslDigest = regexp.MustCompile(`(?m)^Calculated message digest : ([0-9A-F]+)`)
	osslSigner = regexp.MustCompile(`(?m)Signer #0:\n\s+Subject: .*/CN=([^/\n]+)`)
	osslMethod = regexp.MustCompile(`(?m)^Message digest algorithm: (\S+)`)
)

// TestCatalogs: osslsigncode agrees on the digest of each driver, that the catalog
// lists it, by whom it is signed and how.
func TestCatalogs(t *testing.T) {
	if _, err := exec.LookPath("osslsigncode"); err != nil {
		t.Skip("SKIP-TOOL osslsigncode: not installed")
	}
	judged, whql := 0, 0
	for _, archive := range []string{"virtio-win-0.1.240-storage-shared", "vmware-vmscsi-package"} {
		dir := untar(t, archive)
		list := source.Packages(media.Folder(dir), source.Options{})
		for _, p := range list.Packages {
			if p.INF == nil {
				continue
			}
			name := p.Name()[:len(p.Name())-4]
			host := filepath.Join(append([]string{dir}, strings.Split(strings.Trim(source.Dir(p.Path), `\`), `\`)...)...)
			out, _ := exec.Command("osslsigncode", "verify", "-c", filepath.Join(host, name+".cat"), filepath.Join(host, name+".sys")).CombinedOutput()
			text := string(out)
			if !strings.Contains(text, "File is signed in catalog") {
				t.Errorf("%v: osslsigncode: %s", p, text)
				continue
			}
			c, err := authenticode.ParseCatalog([]byte(content(t, p.Tree, source.Join(source.Dir(p.Path), name+".cat"))))
			if err != nil {
				t.Errorf("%v: %v", p, err)
				continue
			}
			digest, err := hex.DecodeString(osslDigest.FindStringSubmatch(text)[1])
			if err != nil || !c.Lists(digest) {
				t.Errorf("%v: %x is not listed, %v", p, digest, err)
			}
			s := c.Signatures[0]
			if signer := osslSigner.FindStringSubmatch(text)[1]; signer != s.Signer || !s.Intact {
				t.Errorf("%v: signer %+v, osslsigncode says %q", p, s, signer)
			}
			if method := strings.ReplaceAll(string(s.Digest), "-", ""); method != osslMethod.FindStringSubmatch(text)[1] {
				t.Errorf("%v: digest %s, osslsigncode says %s", p, method, osslMethod.FindStringSubmatch(text)[1])
			}
			if strings.HasPrefix(s.Signer, "Microsoft Windows Hardware Compatibility") {
				whql++
			}
			judged++
		}
	}
	t.Logf("%d catalogs, %d signed by the hardware laboratory of Microsoft", judged, whql)
	if judged < 20 || whql == 0 {
		t.Error("too few")
	}
}

// TestSigningPolicy: which of the real packages a Windows would take.
func TestSigningPolicy(t *testing.T) {
	dir := untar(t, "virtio-win-0.1.240-storage-shared")
	list := source.Packages(media.Folder(dir), source.Options{})
	signing := func(folder string, w inf.Target, damage string) *source.Signing {
		t.Helper()
		for _, p := range list.Packages {
			if !strings.HasSuffix(strings.ToLower(source.Dir(p.Path)), folder) {
				continue
			}
			models, err := p.INF.Models(w)
			if err != nil || len(models) == 0 {
				t.Fatalf("%v: %v", p, err)
			}
			do, err := p.INF.Install(models[0], w)
			if err != nil {
				t.Fatal(err)
			}
			if damage != "" {
				p = damaged(t, p, damage)
			}
			set, err := p.Files(do, w)
			if err != nil {
				t.Fatal(err)
			}
			s, err := p.Signed(set)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		t.Fatalf("no %s", folder)
		return nil
	}
	seven := inf.Target{Major: 6, Minor: 1, Build: 7601, Arch: inf.AMD64}
	ten := inf.Target{Major: 10, Build: 19041, Arch: inf.AMD64}
	eight := inf.Target{Major: 6, Minor: 3, Build: 9600, Arch: inf.AMD64}
	for _, c := range []struct {
		folder string
		target inf.Target
		sha2   bool
		damage string
		want   error
	}{
		{`viostor\w7\amd64`, seven, false, "", nil},
		{`viostor\w10\amd64`, ten, false, "", nil},
		// What an old collection has for 8.1 is signed by a certificate of its own.
		{`viostor\w8.1\amd64`, eight, false, "", source.ErrTestCert},
		{`viostor\w10\amd64`, ten, false, ".sys", source.ErrModified},
		{`viostor\w10\amd64`, ten, false, ".cat", nil}, // the driver has a signature of its own
		{`viostor\w7\amd64`, seven, true, ".sys", source.ErrModified},
	} {
		s := signing(c.folder, c.target, c.damage)
		err := s.Check(source.PolicyOf(c.target, c.sha2))
		if c.want == nil && err != nil || !errors.Is(err, c.want) {
			t.Errorf("%s for %v, damage %q: %v, want %v (%v)", c.folder, c.target, c.damage, err, c.want, s)
		}
		if !strings.Contains(s.String(), "not verified against a root") {
			t.Error(s)
		}
	}
	// The same signature of SHA-2 under Windows 7: only with the update.
	s := signing(`viostor\w10\amd64`, ten, "")
	if err := s.Check(source.PolicyOf(seven, false)); !errors.Is(err, source.ErrNeedsSHA2) {
		t.Errorf("SHA-2 without the update: %v", err)
	}
	if err := s.Check(source.PolicyOf(seven, true)); err != nil {
		t.Errorf("SHA-2 with the update: %v", err)
	}
	if err := s.Check(source.PolicyOf(inf.Target{Major: 6, Minor: 1, Arch: inf.X86}, false)); err != nil {
		t.Errorf("x86: %v", err)
	}
	if err := (&source.Signing{Drivers: []source.DriverSigning{{Name: "x.sys"}}}).Check(source.PolicyOf(ten, false)); !errors.Is(err, source.ErrUnsigned) {
		t.Errorf("unsigned: %v", err)
	}
}

// damaged is the package with a byte changed in the middle of a file.
func damaged(t *testing.T, p *source.Package, ext string) *source.Package {
	t.Helper()
	files := map[string][]byte{}
	list, err := p.Tree.ReadDir(source.Dir(p.Path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		b := []byte(content(t, p.Tree, source.Join(source.Dir(p.Path), e.Name)))
		if source.Ext(e.Name) == ext {
			at := len(b) / 3
			b[at] ^= 0x40
		}
		files[e.Name] = b
	}
	q, err := source.Open(treeOf(t, files), p.Name())
	if err != nil {
		t.Fatal(err)
	}
	return q
}
