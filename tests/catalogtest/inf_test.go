package catalogtest

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/catalog"
	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/tests/realdata"
)

// packages are the INF files of the collection.
func packages(t *testing.T) map[string][]byte {
	t.Helper()
	archives, err := filepath.Glob(filepath.Join(realdata.Dir(t), "drivers", "*.tar.xz"))
	if err != nil {
		t.Fatal(err)
	}
	if len(archives) == 0 {
		t.Skip("SKIP-REALDATA drivers: collection of real data not present")
	}
	all := map[string][]byte{}
	for _, archive := range archives {
		f, err := os.Open(realdata.File(t, "drivers/"+filepath.Base(archive)))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for r := tar.NewReader(f); ; {
			h, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if strings.EqualFold(path.Ext(h.Name), ".inf") {
				b, err := io.ReadAll(r)
				if err != nil {
					t.Fatal(err)
				}
				all[filepath.Base(archive)+"/"+h.Name] = b
			}
		}
	}
	return all
}

// windows are those that a package may be for.
func windows() []catalog.Windows {
	var all []catalog.Windows
	for _, v := range []struct {
		nt    catalog.NT
		build uint32
		archs []inf.Arch
	}{
		{400, 1381, []inf.Arch{inf.X86}},
		{500, 2195, []inf.Arch{inf.X86}},
		{501, 2600, []inf.Arch{inf.X86}},
		{502, 3790, []inf.Arch{inf.X86, inf.AMD64}},
		{600, 6002, []inf.Arch{inf.X86, inf.AMD64}},
		{601, 7601, []inf.Arch{inf.X86, inf.AMD64}},
		{602, 9200, []inf.Arch{inf.X86, inf.AMD64}},
		{603, 9600, []inf.Arch{inf.X86, inf.AMD64}},
		{1000, 10240, []inf.Arch{inf.X86, inf.AMD64}},
		{1000, 16299, []inf.Arch{inf.X86, inf.AMD64, inf.ARM64}},
		{1000, 20348, []inf.Arch{inf.X86, inf.AMD64, inf.ARM64}},
		{1000, 22631, []inf.Arch{inf.AMD64, inf.ARM64}},
		{1000, 26100, []inf.Arch{inf.AMD64, inf.ARM64}},
	} {
		for _, a := range v.archs {
			all = append(all, catalog.Windows{NT: v.nt, Build: v.build, Arch: a})
		}
	}
	return all
}

func target(w catalog.Windows) inf.Target {
	return inf.Target{Major: int(w.NT / 100), Minor: int(w.NT % 100), Build: int(w.Build), Arch: w.Arch, Product: inf.Workstation}
}

// meantFor: INF files without decorations claim every Windows. In the collection
// the folder says which it is, 5x86 to 8x64, or Allx64.
func meantFor(name string, w catalog.Windows) bool {
	for dir, range_ := range map[string][2]catalog.NT{"5x": {500, 502}, "6x": {600, 600}, "7x": {601, 601}, "8x": {602, 1000}, "Allx": {500, 1000}} {
		for arch, suffix := range map[inf.Arch]string{inf.X86: "86", inf.AMD64: "64"} {
			if strings.Contains(name, "/"+dir+suffix+"/") {
				return w.Arch == arch && range_[0] <= w.NT && w.NT <= range_[1]
			}
		}
	}
	return w.NT >= 500
}

// TestPackagesAreRecognised: the advice for a device names the services of the
// packages there are for it.
func TestPackagesAreRecognised(t *testing.T) {
	c := load(t)
	named, byClass := 0, 0
	for name, b := range packages(t) {
		f, err := inf.Parse(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range windows() {
			if !meantFor(name, w) {
				continue
			}
			models, err := f.Models(target(w))
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range models {
				d, ok := deviceOf(m.HardwareID)
				if !ok {
					continue
				}
				do, err := f.Install(m, target(w))
				if err != nil {
					continue // TestPackages of inftest knows which
				}
				for _, s := range do.Services {
					if s.Flags&inf.Associated == 0 || s.Name == "" {
						continue
					}
					a, ok := c.Needs(d, w)
					switch {
					case !ok:
						t.Errorf("%s: %s in %s: no advice", name, m.HardwareID, w.Name())
					case a.Services == nil:
						byClass++
					case slices.ContainsFunc(a.Services, func(x string) bool { return strings.EqualFold(x, s.Name) }):
						named++
					default:
						t.Errorf("%s: %s in %s %s: the package's service is %s, the advice knows %v", name, m.HardwareID, w.Name(), w.Arch, s.Name, a.Services)
					}
				}
			}
		}
	}
	t.Logf("%d times the service is named, %d times the class answers", named, byClass)
	if named < 10000 {
		t.Error("too few")
	}
}
