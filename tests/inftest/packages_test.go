package inftest

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/tests/realdata"
)

// packages returns the files of all archives of drivers, by archive and path,
// that have one of the extensions.
func packages(t *testing.T, extensions ...string) map[string][]byte {
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
			if !slices.Contains(extensions, strings.ToLower(path.Ext(h.Name))) {
				continue
			}
			b, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			short, _, _ := strings.Cut(filepath.Base(archive), ".")
			name := path.Clean(h.Name)
			if _, rest, ok := strings.Cut(name, "virtio-win-0.1.240/"); ok {
				name = rest
			}
			all[short[:strings.IndexAny(short+"-", "-")]+"/"+name] = b
		}
	}
	return all
}

// windows are versions that a package may be for.
func windows() []inf.Target {
	var all []inf.Target
	for _, v := range []struct{ major, minor, build int }{{5, 0, 2195}, {5, 1, 2600}, {5, 2, 3790}, {6, 0, 6002}, {6, 1, 7601}, {6, 2, 9200}, {6, 3, 9600}, {10, 0, 19045}} {
		for _, arch := range []inf.Arch{inf.X86, inf.AMD64, inf.ARM64, inf.IA64} {
			// Itanium until 2008 R2, ARM from 10 on, x64 from XP on.
			if arch == inf.AMD64 && v.major*10+v.minor < 52 || arch == inf.ARM64 && v.major < 10 || arch == inf.IA64 && (v.major*10+v.minor < 52 || v.major*10+v.minor > 61) {
				continue
			}
			all = append(all, inf.Target{Major: v.major, Minor: v.minor, Build: v.build, Arch: arch, Product: inf.Workstation})
		}
	}
	return all
}

func parse(t *testing.T, b []byte) *inf.File {
	t.Helper()
	f, err := inf.Parse(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestPackages unpacks the archives once for all tests.
func TestPackages(t *testing.T) {
	files := packages(t, ".inf", ".inx", ".oem", ".sys", ".cat")
	for name, test := range map[string]func(*testing.T, map[string][]byte){
		"all": testAll, "closed": testClosed, "golden": testGolden, "critical devices": testCriticalDevices,
		"txtsetup": testTxtsetup, "txtsetup golden": testTxtsetupGolden,
	} {
		t.Run(name, func(t *testing.T) { test(t, files) })
	}
}

// isINF: .inx are the templates that INF files are made from.
func isINF(name string) bool {
	ext := strings.ToLower(path.Ext(name))
	return ext == ".inf" || ext == ".inx"
}

// testAll: every INF file parses, and each of its devices can be installed in
// each Windows that it is for, with services that are complete.
func testAll(t *testing.T, files map[string][]byte) {
	parsed, models, installs, services, noFile, unused, refused := 0, 0, 0, 0, 0, 0, 0
	for name, b := range files {
		if !isINF(name) {
			continue
		}
		parsed++
		f, err := inf.Parse(bytes.NewReader(b))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		used := false
		for _, w := range windows() {
			all, err := f.Models(w)
			if err != nil {
				t.Errorf("%s: %v: %v", name, w, err)
			}
			models += len(all)
			used = used || len(all) > 0
			seen := map[string]bool{}
			for _, m := range all {
				if seen[m.Section] {
					continue
				}
				seen[m.Section] = true
				do, err := f.Install(m, w)
				if strings.HasSuffix(name, "/mvsata.inf") && w.Arch == inf.X86 && f.Decorations()[1] == "ntamd64" {
					// This one lists devices for x86 and cannot install them.
					if !errors.Is(err, inf.ErrSyntax) || !strings.Contains(err.Error(), "no install section [mvSata_Inst]") {
						t.Errorf("%s: %v: %v", name, w, err)
					}
					refused++
					continue
				}
				if err != nil {
					t.Errorf("%s: %v: %v", name, w, err)
					continue
				}
				installs++
				for _, s := range do.Services {
					if s.Name == "" || s.Section == "" {
						continue
					}
					services++
					if !copied(do, s.Binary) {
						noFile++
						t.Logf("%s: %v: [%s] copies no %v", name, w, do.Section, s.Binary)
					}
				}
			}
		}
		if !used {
			unused++
			t.Logf("%s: no devices; %q", name, f.Decorations())
		}
	}
	t.Logf("%d files, %d without devices; %d devices, %d installations, %d services, %d of them without file; %d installations refused", parsed, unused, models, installs, services, noFile, refused)
	if parsed < 270 {
		t.Errorf("%d files", parsed)
	}
}

// copied: the installation copies the file to this place.
func copied(do *inf.Install, p inf.Place) bool {
	return slices.ContainsFunc(do.Files, func(c inf.Copy) bool { return strings.EqualFold(c.Dest.String(), p.String()) })
}
