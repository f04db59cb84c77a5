package petest

import (
	"bytes"
	"debug/pe"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	ours "github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/tests/realdata"
)

// all are the drivers of all archives and those that lie alone.
func all(t *testing.T) map[string][]byte {
	t.Helper()
	files := drivers(t, "virtio-win-0.1.240-storage-shared")
	for name, b := range drivers(t, "vmware-vmscsi-package") {
		files[name] = b
	}
	b, err := os.ReadFile(realdata.File(t, "pe/winpmem_x64.sys.xz"))
	if err != nil {
		t.Fatal(err)
	}
	files["winpmem_x64.sys"] = b
	return files
}

func open(t *testing.T, b []byte) *ours.File {
	t.Helper()
	f, err := ours.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Check(); err != nil {
		t.Fatal(err)
	}
	return f
}

// judge runs a tool on a file and returns what it prints; it may fail.
func judge(t *testing.T, name string, b []byte, tool string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(tool); err != nil {
		t.Skipf("SKIP-TOOL %s: not installed", tool)
	}
	path := filepath.Join(t.TempDir(), filepath.Base(name))
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	out, _ := exec.Command(tool, append(args, path)...).CombinedOutput()
	return string(out)
}

var (
	dllName   = regexp.MustCompile(`(?m)^\s+DLL Name: (\S+)`)
	osslSum   = regexp.MustCompile(`(?m)^(?:Current )?PE checksum +: ([0-9A-F]+)`)
	osslWrong = regexp.MustCompile(`(?m)^Calculated PE checksum *: ([0-9A-F]+)`)
)

// TestImports: objdump of binutils, and the standard library for what that does
// not read (ARM64).
func TestImports(t *testing.T) {
	byObjdump, byGo := 0, 0
	for name, b := range all(t) {
		imports, err := open(t, b).Imports()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, i := range imports {
			got = append(got, i.Name)
		}
		if text := judge(t, name, b, "objdump", "-p"); !strings.Contains(text, "not recognized") {
			byObjdump++
			var want []string
			for _, m := range dllName.FindAllStringSubmatch(text, -1) {
				want = append(want, m[1])
			}
			if !slices.Equal(got, want) || len(want) == 0 {
				t.Errorf("%s: %q, objdump says %q", name, got, want)
			}
		}
		f, err := pe.NewFile(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		symbols, err := f.ImportedSymbols()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range symbols {
			_, dll, _ := strings.Cut(s, ":")
			if !slices.Contains(got, dll) {
				t.Errorf("%s: %q lacks %s", name, got, dll)
			}
			byGo++
		}
	}
	t.Logf("%d files as objdump, %d imported functions of debug/pe from files that we know", byObjdump, byGo)
	if byObjdump < 20 {
		t.Errorf("%d files", byObjdump)
	}
}

// TestChecksum: osslsigncode prints the checksum and, where it is wrong, the
// right one; and both say whether there is a signature.
func TestChecksum(t *testing.T) {
	if _, err := exec.LookPath("osslsigncode"); err != nil {
		t.Skip("SKIP-TOOL osslsigncode: not installed")
	}
	signed, unsigned := 0, 0
	check := func(name string, b []byte) {
		t.Helper()
		f := open(t, b)
		stored, computed, err := f.Checksum()
		if err != nil {
			t.Fatal(err)
		}
		sig, err := f.Signature()
		if err != nil {
			t.Fatal(err)
		}
		text := judge(t, name, b, "osslsigncode", "verify")
		sum := osslSum.FindStringSubmatch(text)
		if sum == nil || sum[1] != fmt.Sprintf("%08X", stored) {
			t.Errorf("%s: stored %08X, osslsigncode: %s", name, stored, text)
		}
		want := stored
		if wrong := osslWrong.FindStringSubmatch(text); wrong != nil {
			fmt.Sscanf(wrong[1], "%X", &want)
		}
		if computed != want {
			t.Errorf("%s: computed %08X, want %08X", name, computed, want)
		}
		theirs := strings.Contains(text, "Signature Index: 0")
		if sig.Present != theirs || theirs && sig.Type != ours.PKCS7 {
			t.Errorf("%s: signature %+v, osslsigncode: %s", name, sig, text)
		}
		if sig.Present {
			signed++
		} else {
			unsigned++
		}
	}
	for name, b := range all(t) {
		check(name, b)
		if strings.HasPrefix(filepath.Base(name), "vios") && !strings.Contains(name, "10/") {
			continue // enough of the kind
		}
		check(name+" without signature", unsign(t, b))
		// Another version, so that the checksum is wrong.
		bad := slices.Clone(b)
		copy(bad[0x40:], "another")
		check(name+" changed", bad)
		if f, stored, computed := sums(t, bad); stored == computed || f.Subsystem() != ours.Native {
			t.Errorf("%s changed: %08X and %08X", name, stored, computed)
		}
	}
	t.Logf("%d signed, %d not", signed, unsigned)
	if signed == 0 || unsigned == 0 {
		t.Error("one of them should not be 0")
	}
}

// unsign lets osslsigncode take the signature away.
func unsign(t *testing.T, b []byte) []byte {
	t.Helper()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.sys"), filepath.Join(dir, "out.sys")
	if err := os.WriteFile(in, b, 0o666); err != nil {
		t.Fatal(err)
	}
	if text, err := exec.Command("osslsigncode", "remove-signature", "-in", in, "-out", out).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func sums(t *testing.T, b []byte) (*ours.File, uint32, uint32) {
	t.Helper()
	f := open(t, b)
	stored, computed, err := f.Checksum()
	if err != nil {
		t.Fatal(err)
	}
	return f, stored, computed
}

// TestStrings: what Windows Explorer shows beside the numbers.
func TestStrings(t *testing.T) {
	n := 0
	for name, b := range all(t) {
		f := open(t, b)
		tables, err := f.Strings()
		if name == "winpmem_x64.sys" {
			if err != ours.ErrNoVersion {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || len(tables) == 0 {
			t.Errorf("%s: %d tables, %v", name, len(tables), err)
			continue
		}
		v, err := f.Version()
		if err != nil {
			t.Fatal(err)
		}
		s := tables[0].Values
		if !strings.EqualFold(s["OriginalFilename"], filepath.Base(name)) || s["CompanyName"] == "" || len(tables[0].Language) != 8 {
			t.Errorf("%s: %+v", name, tables)
		}
		// Of some the text has more, or another form.
		if !strings.HasPrefix(s["FileVersion"], v.File.String()) {
			t.Logf("%s: numbers %v, text %q", name, v.File, s["FileVersion"])
		}
		n++
	}
	t.Logf("%d files", n)
}
