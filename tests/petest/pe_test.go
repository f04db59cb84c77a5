package petest

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/tests/realdata"
)

// drivers returns the .sys files of an archive by their paths in it.
func drivers(t *testing.T, archive string) map[string][]byte {
	t.Helper()
	f, err := os.Open(realdata.File(t, "drivers/"+archive+".tar.xz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	files := map[string][]byte{}
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if strings.EqualFold(filepath.Ext(h.Name), ".sys") {
			if files[h.Name], err = io.ReadAll(r); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// describe is "machine version" or the error.
func describe(b []byte) string {
	f, err := pe.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err.Error()
	}
	v, err := f.Version()
	if errors.Is(err, pe.ErrNoVersion) {
		return f.Machine().String() + " none"
	}
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%v %v", f.Machine(), v.File)
}

// TestVirtio: the folder names say Windows and processor, the versions were
// read by other tools.
func TestVirtio(t *testing.T) {
	versions := map[string]string{
		"viostor/xp/x86": "51.64.104.4800", "viostor/xp/amd64": "52.64.104.4800",
		"viostor/2k3/x86": "52.64.104.4800", "viostor/2k3/amd64": "52.64.104.4800",
		"viostor/2k8": "60.76.104.15800", "vioscsi/2k8": "60.76.104.16000",
		"viostor/w7": "61.77.104.17200", "vioscsi/w7": "61.76.104.16000",
		"viostor/w8.1": "63.93.104.24000", "vioscsi/w8.1": "63.93.104.24000",
		"viostor/w10": "100.93.104.24000", "vioscsi/w10": "100.93.104.24000",
	}
	files := drivers(t, "virtio-win-0.1.240-storage-shared")
	for name, b := range files {
		dir := filepath.Dir(name)
		machine := strings.ToLower(filepath.Base(dir))
		_, short, _ := strings.Cut(filepath.Dir(name), "virtio-win-0.1.240/")
		want, ok := versions[short]
		if !ok {
			want = versions[filepath.Dir(short)]
		}
		if got := describe(b); got != machine+" "+want {
			t.Errorf("%s: %s, want %s %s", name, got, machine, want)
		}
	}
	if len(files) < 20 {
		t.Errorf("%d drivers", len(files))
	}
	t.Logf("%d drivers", len(files))
}

func TestVMware(t *testing.T) {
	want := map[string]string{"vmscsi.sys": "x86 2.0.3.0", "vmci.sys": "x86 9.3.51.0"}
	for name, b := range drivers(t, "vmware-vmscsi-package") {
		base := filepath.Base(name)
		if got := describe(b); got != want[base] {
			t.Errorf("%s: %s, want %s", name, got, want[base])
		}
		delete(want, base)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
}

func TestNoVersion(t *testing.T) {
	b, err := os.ReadFile(realdata.File(t, "pe/winpmem_x64.sys.xz"))
	if err != nil {
		t.Fatal(err)
	}
	if got := describe(b); got != "amd64 none" {
		t.Errorf("got %s", got)
	}
}

// TestCut cuts a real driver at every 64 bytes: an answer is right or absent.
func TestCut(t *testing.T) {
	for name, b := range drivers(t, "vmware-vmscsi-package") {
		whole := describe(b)
		n := 0
		for cut := 0; cut < len(b); cut += 64 {
			f, err := pe.Open(bytes.NewReader(b[:cut]), int64(cut))
			if err == nil {
				_, err = f.Version()
			}
			if err == nil {
				if got := describe(b[:cut]); got != whole {
					t.Errorf("%s cut at %#x: %s", name, cut, got)
				}
				continue
			}
			if !errors.Is(err, pe.ErrNotPE) && !errors.Is(err, pe.ErrDamaged) {
				t.Errorf("%s cut at %#x: %v", name, cut, err)
			}
			n++
		}
		t.Logf("%s: %d of %d cuts refused", name, n, len(b)/64)
	}
}
