package sourcetest

import (
	"errors"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/media"
)

// claim counts what packages claim and have.
type claim struct{ installs, whole, files, missing, foreign, syntax, inbox, signed int }

// TestCollection: every INF file and txtsetup.oem of the collection is found and
// read, and for every Windows that a package is for, each install section gives its
// files or a typed error.
func TestCollection(t *testing.T) {
	total := 0
	for archive, want := range map[string]struct {
		packages int
		whole    bool // the archive has the drivers too
	}{
		"virtio-win-0.1.240-storage-shared": {22, true}, "vmware-vmscsi-package": {3, true},
		"dp-massstorage-inf-shared": {311, false}, "genahci": {2, false},
	} {
		t.Run(archive, func(t *testing.T) {
			list := source.Packages(media.Folder(untar(t, archive)), source.Options{})
			if len(list.Packages) != want.packages || len(list.Problems) > 0 {
				t.Errorf("%d packages, want %d; problems: %v", len(list.Packages), want.packages, list.Problems)
			}
			total += len(list.Packages)
			var c claim
			for _, p := range list.Packages {
				c.inf(t, p)
				c.setup(t, p)
			}
			t.Logf("%d packages: %d installations, %d with all files (%d files, %d signed), %d lack files, %d have files for another processor, %d cannot be installed, %d files of Windows itself",
				len(list.Packages), c.installs, c.whole, c.files, c.signed, c.missing, c.foreign, c.syntax, c.inbox)
			if c.installs == 0 || want.whole && c.whole*10 < c.installs*7 {
				t.Errorf("too few are whole: %+v", c)
			}
			if !want.whole && c.missing == 0 {
				t.Error("nothing is missing where there are no drivers")
			}
		})
	}
	t.Logf("%d packages", total)
}

func (c *claim) inf(t *testing.T, p *source.Package) {
	if p.INF == nil {
		return
	}
	for _, w := range windows() {
		models, err := p.INF.Models(w)
		if err != nil {
			t.Errorf("%v: %v", p, err)
		}
		seen := map[string]bool{}
		for _, m := range models {
			if seen[m.Section] {
				continue
			}
			seen[m.Section] = true
			c.installs++
			do, err := p.INF.Install(m, w)
			if err != nil {
				if !errors.Is(err, inf.ErrSyntax) {
					t.Errorf("%v: %v: %v", p, w, err)
				}
				c.syntax++
				continue
			}
			set, err := p.Files(do, w)
			c.count(t, p, set, err)
		}
	}
}

func (c *claim) setup(t *testing.T, p *source.Package) {
	if p.Setup == nil {
		return
	}
	for i := range p.Setup.Options {
		c.installs++
		set, err := p.SetupFiles(&p.Setup.Options[i], inf.Target{Major: 5, Minor: 1, Arch: inf.X86})
		c.count(t, p, set, err)
	}
}

func (c *claim) count(t *testing.T, p *source.Package, set *source.Set, err error) {
	t.Helper()
	c.files += len(set.Files)
	c.inbox += len(set.Inbox)
	var missing *source.MissingError
	switch {
	case err == nil:
		c.whole++
	case errors.Is(err, source.ErrWrongMachine):
		c.foreign++
	case errors.Is(err, source.ErrMissing) && errors.As(err, &missing) && len(missing.Looked) > 0 && strings.Contains(err.Error(), missing.Looked[0]):
		c.missing++
	default:
		t.Errorf("%v: %v", p, err)
	}
	for _, f := range append([]source.PackageFile(nil), set.Files...) {
		o, err := f.Open()
		if err != nil || o.Size() != f.Size {
			t.Errorf("%v: %s: %v", p, f.Where, err)
		}
	}
	s, err := p.Signed(set)
	if err != nil {
		t.Errorf("%v: %v", p, err)
		return
	}
	if s.CatalogErr != nil {
		t.Errorf("%v: %v", p, s.CatalogErr)
	}
	for _, d := range s.Drivers {
		if d.EmbeddedErr != nil || d.Embedded != nil && !d.EmbeddedIntact {
			t.Errorf("%v: %s: %v", p, d.Name, d.EmbeddedErr)
		}
		if s.Catalog != nil && !d.ListedSHA1 {
			t.Errorf("%v: the catalog does not list %s", p, d.Name)
		}
		if d.Embedded != nil || d.ListedSHA1 {
			c.signed++
		}
	}
}

// TestMatchVirtio: the package that virtio-win means for each Windows, for the ids
// that QEMU's devices have.
func TestMatchVirtio(t *testing.T) {
	list := source.Packages(media.Folder(untar(t, "virtio-win-0.1.240-storage-shared")), source.Options{})
	legacy := []string{`PCI\VEN_1AF4&DEV_1001&SUBSYS_00021AF4&REV_00`, `PCI\VEN_1AF4&DEV_1001&SUBSYS_00021AF4`, `PCI\VEN_1AF4&DEV_1001&REV_00`,
		`PCI\VEN_1AF4&DEV_1001`, `PCI\VEN_1AF4&DEV_1001&CC_010000`, `PCI\VEN_1AF4&DEV_1001&CC_0100`, `PCI\VEN_1AF4&CC_010000`, `PCI\CC_0100`}
	modern := []string{`PCI\VEN_1AF4&DEV_1048&SUBSYS_11001AF4&REV_01`, `PCI\VEN_1AF4&DEV_1048&SUBSYS_11001AF4`, `PCI\VEN_1AF4&DEV_1048`}
	for _, c := range []struct {
		ids    []string
		target inf.Target
		want   string // "": no package
	}{
		{legacy, inf.Target{Major: 5, Minor: 0, Build: 2195, Arch: inf.X86}, ""},
		{legacy, inf.Target{Major: 5, Minor: 1, Build: 2600, Arch: inf.X86}, `viostor\xp\x86`},
		{legacy, inf.Target{Major: 5, Minor: 2, Build: 3790, Arch: inf.X86}, `viostor\2k3\x86`},
		{legacy, inf.Target{Major: 6, Minor: 0, Build: 6002, Arch: inf.AMD64}, `viostor\2k8\amd64`},
		{legacy, inf.Target{Major: 6, Minor: 1, Build: 7601, Arch: inf.X86}, `viostor\w7\x86`},
		{legacy, inf.Target{Major: 6, Minor: 1, Build: 7601, Arch: inf.AMD64}, `viostor\w7\amd64`},
		{legacy, inf.Target{Major: 6, Minor: 3, Build: 9600, Arch: inf.AMD64}, `viostor\w8.1\amd64`},
		{legacy, inf.Target{Major: 10, Build: 19041, Arch: inf.AMD64}, `viostor\w10\amd64`},
		{legacy, inf.Target{Major: 10, Build: 26100, Arch: inf.ARM64}, `viostor\w10\arm64`},
		{modern, inf.Target{Major: 5, Minor: 1, Build: 2600, Arch: inf.X86}, ""},
		{modern, inf.Target{Major: 6, Minor: 1, Build: 7601, Arch: inf.AMD64}, `vioscsi\w7\amd64`},
		{modern, inf.Target{Major: 6, Minor: 3, Build: 9600, Arch: inf.X86}, `vioscsi\w8.1\x86`},
		{modern, inf.Target{Major: 10, Build: 20348, Arch: inf.AMD64}, `vioscsi\w10\amd64`},
	} {
		got, errs := source.Best(list.Packages, c.ids, c.target)
		if len(errs) > 0 {
			t.Error(errs)
		}
		where := ""
		if len(got) > 0 {
			where = strings.ToLower(got[0].Package.Where)
		}
		if c.want == "" && len(got) > 0 && got[0].Made != source.MadeForNewer || !strings.Contains(where, c.want) {
			t.Errorf("%v %s: %s, want %s", c.target, c.ids[0], where, c.want)
		}
	}
}
