package protection

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bootmend/bootmend/initramfs/block"
)

// fake is a kernel with disks: those in locked have a switch in hardware, those in
// claimed are in use.
type fake struct {
	protected       map[string]bool
	locked, claimed []string
	disk            map[string]string // of a partition
}

func (f *fake) Protected(path string) (bool, error) {
	name := filepath.Base(path)
	return f.protected[name] || f.protected[f.disk[name]] || slices.Contains(f.locked, name), nil
}

func (f *fake) Protect(path string, on bool) error {
	f.protected[filepath.Base(path)] = on
	return nil
}

func (f *fake) Idle(path string, do func() error) (bool, error) {
	if slices.Contains(f.claimed, filepath.Base(path)) {
		return false, nil
	}
	return true, do()
}

func (f *fake) list() []string {
	var all []string
	for name, on := range f.protected {
		if on {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// machine is a keeper of a machine with sda (sda1, sda2) and sdb.
func machine(t *testing.T) (Keeper, *fake) {
	t.Helper()
	dir := t.TempDir()
	k := Keeper{Sys: filepath.Join(dir, "sys"), Dev: filepath.Join(dir, "dev"), State: filepath.Join(dir, "state")}
	for _, path := range []string{"sys/block/sda/sda1/partition", "sys/block/sda/sda2/partition", "sys/block/sda/queue/x", "sys/block/sdb/size",
		"dev/sda", "dev/sda1", "dev/sda2", "dev/sdb"} {
		file := filepath.Join(dir, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	f := &fake{protected: map[string]bool{}, disk: map[string]string{"sda1": "sda", "sda2": "sda"}}
	k.Kernel = f
	return k, f
}

func (k Keeper) dev(name string) string { return filepath.Join(k.Dev, name) }

func TestProtectAndLift(t *testing.T) {
	k, f := machine(t)
	if err := k.Protect("sda"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"sda", "sda1", "sda2"}, f.list()); diff != "" {
		t.Fatal(diff)
	}
	for _, tt := range []struct {
		path string
		want []string // still protected
	}{
		{"sda", []string{"sda1", "sda2"}},
		{"sda2", []string{"sda1"}}, // its disk is lifted with it
	} {
		lifted, err := k.Lift(k.dev(tt.path))
		if diff := cmp.Diff(tt.want, f.list()); err != nil || diff != "" {
			t.Errorf("%s: %v %s", tt.path, err, diff)
		}
		if again, err := k.Lift(k.dev(tt.path)); len(again) != 0 || err != nil {
			t.Errorf("%s lifted twice: %v, %v", tt.path, again, err)
		}
		if err := k.Restore(lifted); err != nil || len(f.list()) != 3 {
			t.Errorf("%s: restored to %v, %v", tt.path, f.list(), err)
		}
	}
	// By a link, as people name disks.
	link := filepath.Join(t.TempDir(), "ata-disk")
	if err := os.Symlink(k.dev("sda"), link); err != nil {
		t.Fatal(err)
	}
	if lifted, err := k.Lift(link); len(lifted) != 1 || err != nil {
		t.Errorf("by a link: %v, %v", lifted, err)
	}
}

// TestNotOurs: what somebody else protected, or a switch, stays as it is.
func TestNotOurs(t *testing.T) {
	k, f := machine(t)
	f.protected["sdb"] = true
	if lifted, err := k.Lift(k.dev("sdb")); len(lifted) != 0 || err != nil || !f.protected["sdb"] {
		t.Errorf("a disk that is not on the list: %v, %v", lifted, err)
	}
	image := filepath.Join(t.TempDir(), "sda") // a file that is called like a disk
	if err := errors.Join(os.WriteFile(image, nil, 0o644), k.Protect("sda")); err != nil {
		t.Fatal(err)
	}
	if lifted, err := k.Lift(image); len(lifted) != 0 || err != nil || !f.protected["sda"] {
		t.Errorf("an image: %v, %v", lifted, err)
	}
	f.locked = []string{"sda"}
	lifted, err := k.Lift(k.dev("sda"))
	if !errors.Is(err, ErrStays) || !errors.Is(err, block.ErrReadOnly) || len(lifted) != 0 || !f.protected["sda"] {
		t.Errorf("a disk with a switch: %v, %v, protected: %v", lifted, err, f.list())
	}
}

// TestAgain: what a program that was killed left open is protected; what is in use is
// left alone, and so is what was pulled out.
func TestAgain(t *testing.T) {
	k, f := machine(t)
	if err := k.Again(); err != nil {
		t.Fatalf("without a list: %v", err)
	}
	if err := errors.Join(k.Protect("sda"), k.Protect("sdb"), k.Protect("sdz")); err != nil {
		t.Fatal(err)
	}
	f.protected = map[string]bool{}
	f.claimed = []string{"sda"}
	if err := k.Again(); err != nil || !slices.Equal(f.list(), []string{"sdb"}) {
		t.Errorf("%v, protected %v", err, f.list())
	}
	f.claimed = nil
	if err := k.Again(); err != nil || !slices.Equal(f.list(), []string{"sda", "sda1", "sda2", "sdb"}) {
		t.Errorf("%v, protected %v", err, f.list())
	}
}

// TestOpenImage: an image is opened as ever.
func TestOpenImage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "disk.raw")
	if err := os.WriteFile(path, make([]byte, 4096), 0o644); err != nil {
		t.Fatal(err)
	}
	d, err := Here().Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.WriteAt([]byte("x"), 0); err != nil {
		t.Error(err)
	}
	if _, err := Here().Open(path); !errors.Is(err, block.ErrInUse) {
		t.Errorf("opened twice: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}
