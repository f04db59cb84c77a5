package sourcetest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/media"
)

var exported = regexp.MustCompile(`(?m)^\s+\[\s*\d+\] (?:\+base\[\s*\d+\]\s+\S+ )?(\S+)\r?$`)

// TestExports: objdump finds the same exports in the files that these tests make.
func TestExports(t *testing.T) {
	if _, err := exec.LookPath("objdump"); err != nil {
		t.Skip("SKIP-TOOL objdump: not installed")
	}
	for _, m := range []pe.Machine{pe.X86, pe.AMD64} {
		want := []string{"ScsiPortInitialize", "ScsiPortNotification", "a", "zz_last"}
		path := filepath.Join(t.TempDir(), "x.sys")
		b := image{machine: m, version: xp(1), exports: want}.bytes()
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		text, _ := exec.Command("objdump", "-p", path).CombinedOutput()
		var theirs, ours []string
		for _, match := range exported.FindAllSubmatch(text, -1) {
			theirs = append(theirs, string(match[1]))
		}
		f, err := pe.Open(fileOf(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		exports, err := f.Exports()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range exports {
			ours = append(ours, s.Name)
		}
		if !slices.Equal(theirs, want) || !slices.Equal(ours, want) {
			t.Errorf("%v: objdump %q, ours %q, want %q\n%s", m, theirs, ours, want, text)
		}
	}
}

// TestNeeds: what a driver imports from is there and has the functions.
func TestNeeds(t *testing.T) {
	kernel := image{machine: pe.X86, version: xp(5512), exports: []string{"ExAllocatePool", "KeBugCheckEx"}}.bytes()
	port := func(m pe.Machine, exports ...string) []byte {
		return image{machine: m, version: xp(2180), exports: exports}.bytes()
	}
	driver := image{machine: pe.X86, version: xp(5512), imports: map[string][]string{
		"ntoskrnl.exe": {"KeBugCheckEx"}, "SCSIPORT.SYS": {"ScsiPortInitialize", "ScsiPortNotification"}}}.bytes()
	for name, c := range map[string]struct {
		port []byte
		want error
		text string
	}{
		"complete":   {port(pe.X86, "ScsiPortInitialize", "ScsiPortNotification", "more"), nil, ""},
		"absent":     {nil, source.ErrImportAbsent, "scsiport.sys"},
		"older":      {port(pe.X86, "ScsiPortInitialize"), source.ErrImportFunction, "ScsiPortNotification"},
		"no exports": {port(pe.X86), source.ErrImportFunction, "ScsiPortInitialize"},
		"other CPU":  {port(pe.AMD64, "ScsiPortInitialize", "ScsiPortNotification"), source.ErrWrongMachine, "amd64"},
		"not PE":     {[]byte("nothing"), pe.ErrNotPE, "scsiport.sys"},
	} {
		files := map[string][]byte{"WINDOWS/system32/ntoskrnl.exe": kernel, "WINDOWS/system32/config/SYSTEM": nil}
		if c.port != nil {
			files["WINDOWS/system32/drivers/scsiport.sys"] = c.port
		}
		w := source.Windows{Tree: treeOf(t, files), Root: `\WINDOWS`}
		needs, err := w.Needs(fileOf(driver))
		if err != nil || len(needs) != 2 {
			t.Fatalf("%s: %v, %v", name, needs, err)
		}
		err = source.NeedsError(needs)
		if !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if name == "complete" {
			for _, n := range needs {
				if n.Name == "SCSIPORT.SYS" && (n.Fit != source.EarlierServicePack || n.Where == "") {
					t.Errorf("%+v", n)
				}
			}
		}
	}
}

// TestNeedsOfRealDrivers: a kernel without any function lacks all that they call.
func TestNeedsOfRealDrivers(t *testing.T) {
	list := source.Packages(media.Folder(untar(t, "virtio-win-0.1.240-storage-shared")), source.Options{})
	w := source.Windows{Tree: treeOf(t, map[string][]byte{
		"WINDOWS/system32/ntoskrnl.exe":         driver(pe.X86, xp(5512)),
		"WINDOWS/system32/drivers/storport.sys": image{machine: pe.X86, version: xp(5512), exports: []string{"StorPortInitialize"}}.bytes(),
	}), Root: `\WINDOWS`}
	drivers := 0
	for _, p := range list.Packages {
		f, err := p.Tree.Open(source.Join(source.Dir(p.Path), p.Name()[:len(p.Name())-3]+"sys"))
		if err != nil {
			t.Fatal(err)
		}
		needs, err := w.Needs(f)
		if err != nil {
			t.Errorf("%v: %v", p, err)
		}
		if len(needs) < 2 || source.NeedsError(needs) == nil {
			t.Errorf("%v: %+v", p, needs)
		}
		drivers++
	}
	t.Logf("%d drivers", drivers)
}
