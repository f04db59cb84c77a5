package inftest

import (
	"bytes"
	"path"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/pe"
)

// testClosed: of packages that are whole, each file that an installation copies
// is there and is for the processor, the catalog is there, and the version of the
// driver is that of the INF.
func testClosed(t *testing.T, files map[string][]byte) {
	lower := map[string][]byte{}
	for name, b := range files {
		lower[strings.ToLower(name)] = b
	}
	packages, drivers, other := 0, 0, 0
	for name, b := range files {
		if !isINF(name) || !strings.HasPrefix(name, "virtio/") && !strings.HasPrefix(name, "vmware/") {
			continue
		}
		packages++
		f := parse(t, b)
		dir := strings.ToLower(path.Dir(name)) + "/"
		for _, w := range windows() {
			models, err := f.Models(w)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range models {
				do, err := f.Install(m, w)
				if err != nil {
					t.Fatal(err)
				}
				if _, ok := lower[dir+strings.ToLower(do.Catalog)]; !ok {
					t.Errorf("%s: no catalog %q", name, do.Catalog)
				}
				for _, c := range do.Files {
					sys, ok := lower[dir+strings.ToLower(strings.ReplaceAll(c.Dir+`\`+c.Source, `\`, "/")[1:])]
					if !ok || !c.Listed {
						t.Errorf("%s: no %s in %q", name, c.Source, c.Dir)
						continue
					}
					if strings.HasSuffix(name, "/vmci.inf") && w.Arch == inf.AMD64 {
						other++ // this copy of the package has the file for x86 only
						continue
					}
					drivers++
					judgeDriver(t, name+" "+w.String(), sys, w.Arch, do.DriverVer.Version)
				}
			}
		}
	}
	t.Logf("%d packages, %d drivers, %d for another processor than the INF says", packages, drivers, other)
	if packages < 20 || drivers < 100 {
		t.Error("too few")
	}
}

func judgeDriver(t *testing.T, name string, sys []byte, arch inf.Arch, version string) {
	t.Helper()
	f, err := pe.Open(bytes.NewReader(sys), int64(len(sys)))
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if err := f.Check(); err != nil || f.Machine().String() != string(arch) || f.Subsystem() != pe.Native {
		t.Errorf("%s: %v, %v", name, f.Machine(), err)
	}
	if v, err := f.Version(); err != nil || v.File.String() != version {
		t.Errorf("%s: version %v, the INF says %s, %v", name, v.File, version, err)
	}
}
