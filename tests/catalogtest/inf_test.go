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

// TestServicesAgreeWithPackages: the values of services that no Windows brings
// along are those that the INF files of their packages set.
func TestServicesAgreeWithPackages(t *testing.T) {
	c := load(t)
	compared := map[string]int{}
	for name, b := range packages(t) {
		if strings.Contains(name, "massstorage") {
			continue // other versions of many names; those here are the packages that the catalog speaks of
		}
		f, err := inf.Parse(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range windows() {
			models, err := f.Models(target(w))
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range models {
				do, err := f.Install(m, target(w))
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range do.Services {
					v, ok := c.Service(s.Name, w)
					if !ok || !folderIsFor(name, w) {
						continue
					}
					compared[v.Name]++
					compareINF(t, name+" "+w.Name(), v, s, m)
				}
			}
		}
	}
	t.Logf("compared %v", compared)
	for _, name := range []string{"viostor", "vioscsi", "vmscsi", "genahci"} {
		if compared[name] == 0 {
			t.Errorf("no INF of %s", name)
		}
	}
}

// folderIsFor: virtio-win's INF files for Windows before 10 have no decoration
// either.
func folderIsFor(name string, w catalog.Windows) bool {
	for folder, nt := range map[string][2]catalog.NT{"/xp/": {501, 502}, "/2k3/": {502, 502}, "/2k8/": {600, 600}, "/w7/": {601, 601}, "/w8.1/": {602, 603}, "/w10/": {1000, 1000}} {
		if strings.Contains(name, folder) {
			return nt[0] <= w.NT && w.NT <= nt[1]
		}
	}
	return true
}

func compareINF(t *testing.T, name string, v catalog.Service, s inf.Service, m inf.Model) {
	t.Helper()
	if v.Type != s.Type || v.Start != s.Start || v.ErrorControl != s.ErrorControl || !strings.EqualFold(v.Group, s.Group) {
		t.Errorf("%s: service %s is %+v, the INF says %+v", name, v.Name, v, s)
	}
	for _, p := range v.Params {
		if !slices.ContainsFunc(s.Registry, func(r inf.Registry) bool {
			return strings.EqualFold(r.Key, p.Key) && strings.EqualFold(r.Name, p.Name) && r.Type == p.Type && bytes.Equal(r.Data, p.Data)
		}) {
			t.Errorf("%s: service %s: %s %s is not in the INF", name, v.Name, p.Key, p.Name)
		}
	}
	if id := strings.ReplaceAll(m.HardwareID, `\`, "#"); strings.Contains(id, "SUBSYS_00000000") || strings.Contains(id, "SUBSYS_00020000") {
		return // viostor.inf of xp and 2k3 names devices of early QEMU, too
	} else if !fold(v.CriticalDevices, id) {
		t.Errorf("%s: service %s is bound to %v, not to %s", name, v.Name, v.CriticalDevices, id)
	}
}
