package catalogtest

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/catalog"
	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/bootmend/bootmend/tests/realdata"
)

// witness is a real SYSTEM hive and the Windows it is of.
type witness struct {
	name    string // as the sources of the catalog call it
	file    string
	windows catalog.Windows
	// Least numbers of lines that the hive confirms, so that a reader that finds
	// nothing is noticed.
	bindings, services int
}

func witnesses() []witness {
	return []witness{
		{"XP", "hives/xp-sp3-x86-vmware.SYSTEM.xz", catalog.Windows{NT: 501, Build: 2600, Arch: inf.X86}, 4, 10},
		{"7", "hives/win7-sp1-x86-vmware.SYSTEM.xz", catalog.Windows{NT: 601, Build: 7601, Arch: inf.X86}, 700, 30},
		{"8.1", "hives/win81-x64-dirty-nolog.SYSTEM.xz", catalog.Windows{NT: 603, Build: 9600, Arch: inf.AMD64}, 700, 25},
		{"10", "hives/win10-1709-x64-dirty.SYSTEM.xz", catalog.Windows{NT: 1000, Build: 16299, Arch: inf.AMD64}, 700, 25},
	}
}

// real is an open hive.
type real struct {
	witness
	system *registry.System
	set    *registry.ControlSet
	db     *registry.DriverDatabase // nil before Windows 8
}

func (w witness) open(t *testing.T) real {
	t.Helper()
	b, err := os.ReadFile(realdata.File(t, w.file))
	if err != nil {
		t.Fatal(err)
	}
	f, err := hivefile.Open(hivefile.Source{Name: w.file, Hive: bytes.NewReader(b), Size: int64(len(b))})
	if err != nil {
		t.Fatal(err)
	}
	s, err := registry.OpenSystem(f.Hive)
	if err != nil {
		t.Fatal(err)
	}
	set, err := s.ControlSet(s.Select.Current.N)
	if err != nil {
		t.Fatal(err)
	}
	db, err := s.DriverDatabase()
	if err != nil && !errors.Is(err, regf.ErrNotExist) {
		t.Fatal(err)
	}
	return real{w, s, set, db}
}

// claims reports whether a source names this hive: then it must confirm the line.
func (w witness) claims(source string) bool {
	for _, m := range regexp.MustCompile(`\bhives? ([0-9XP., and]+)`).FindAllStringSubmatch(source, -1) {
		if slices.Contains(regexp.MustCompile(`[0-9]+(\.[0-9]+)?|XP`).FindAllString(m[1], -1), w.name) {
			return true
		}
	}
	return false
}

// bound is what the hive binds an id to: the services of its inbox packages, and
// the class; none when it does not know the id.
func (r real) bound(t *testing.T, id string) (services []string, class string) {
	t.Helper()
	if r.db == nil {
		d, err := r.set.CriticalDevice(id)
		if errors.Is(err, regf.ErrNotExist) {
			return nil, ""
		}
		if err != nil {
			t.Fatal(err)
		}
		return []string{d.Service}, d.ClassGUID
	}
	list, err := r.db.Lookup(id)
	if err != nil && !errors.Is(err, regf.ErrNotExist) {
		t.Fatal(err)
	}
	for _, b := range list {
		if b.SignerScore.N == 0x0D000003 && b.Service != "" {
			services, class = append(services, b.Service), b.Version.ClassGUID
		}
	}
	return services, class
}

func fold(list []string, s string) bool {
	return slices.ContainsFunc(list, func(x string) bool { return strings.EqualFold(x, s) })
}

// TestRealHives: each hive is opened once for all that it is asked.
func TestRealHives(t *testing.T) {
	c := load(t)
	for _, w := range witnesses() {
		t.Run(filepath.Base(w.file), func(t *testing.T) {
			r := w.open(t)
			t.Run("bindings", func(t *testing.T) { testBindings(t, c, r) })
			t.Run("services", func(t *testing.T) { testServices(t, c, r) })
			t.Run("controllers", func(t *testing.T) { testControllers(t, c, r) })
		})
	}
}

// testBindings: no line says of an id what the hive denies, and what a line says to
// have from a hive is there.
func testBindings(t *testing.T, c *catalog.Catalog, r real) {
	confirmed, absent, wrong := 0, 0, 0
	for _, b := range c.Bindings(r.windows) {
		services, class := r.bound(t, b.ID)
		switch {
		case b.Services == nil:
			if excluded(t, r, b.ID) {
				confirmed++
			} else {
				wrong++
				t.Errorf("%s: %s is not excluded", b.Line, b.ID)
			}
		case services == nil:
			absent++
			// Of several sources, and of one that speaks of the service only, the
			// hive need not be the one that has the id.
			if r.claims(b.Source) && !b.Unproved && !strings.Contains(b.Source, "disabled service") && !strings.Contains(b.Source, ";") {
				wrong++
				t.Errorf("%s: %s is not in the hive, the source is %q", b.Line, b.ID, b.Source)
			}
		case !fold(services, b.Services[0]) || !strings.EqualFold(class, b.ClassGUID):
			wrong++
			t.Errorf("%s: %s is %s %s, the hive says %v %s", b.Line, b.ID, b.Services[0], b.ClassGUID, services, class)
		default:
			confirmed++
		}
	}
	t.Logf("%d ids confirmed, %d that the hive does not have, %d contradictions", confirmed, absent, wrong)
	if confirmed < r.bindings {
		t.Errorf("only %d confirmed, want %d", confirmed, r.bindings)
	}
}

// excluded: the package that takes the class of the id leaves the id itself out.
func excluded(t *testing.T, r real, id string) bool {
	t.Helper()
	if r.db == nil {
		return false
	}
	list, err := r.db.Lookup(`PCI\CC_010601`)
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(list, func(b registry.Binding) bool { return fold(b.ExcludeIDs, id) })
}

// testServices compares every value of every service.
func testServices(t *testing.T, c *catalog.Catalog, r real) {
	confirmed, absent, wrong, values := 0, 0, 0, 0
	for _, v := range c.Services(r.windows) {
		s, err := r.set.Service(v.Name)
		if errors.Is(err, regf.ErrNotExist) {
			absent++
			if r.claims(v.Source) && !v.Unproved {
				t.Errorf("no service %s, the source is %q", v.Name, v.Source)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		n, bad := compare(t, r, v, s)
		values += n
		if len(bad) > 0 {
			wrong++
			t.Errorf("service %s (%s): %s", v.Name, v.Source, strings.Join(bad, "; "))
		} else {
			confirmed++
		}
	}
	t.Logf("%d services with %d values confirmed, %d that the hive does not have, %d contradictions", confirmed, values, absent, wrong)
	if confirmed < r.services {
		t.Errorf("only %d confirmed, want %d", confirmed, r.services)
	}
}
