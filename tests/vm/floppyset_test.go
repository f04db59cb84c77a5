package vm

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/sparse"
)

// floppySet are the two floppies of a set. BOOTMEND_FLOPPY_SET (for i386) and
// BOOTMEND_FLOPPY_SET_AMD64 name the first and the second of one that is built already,
// with FloppyUnattended as its kernel arguments, separated as in PATH.
func floppySet(t *testing.T, arch string) (one, two string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "floppy.img")
	one, two = filepath.Join(filepath.Dir(out), "floppy-1.img"), filepath.Join(filepath.Dir(out), "floppy-2.img")
	variable := map[string]string{"i386": "BOOTMEND_FLOPPY_SET", "amd64": "BOOTMEND_FLOPPY_SET_AMD64"}[arch]
	if built := filepath.SplitList(os.Getenv(variable)); len(built) == 2 {
		for i, to := range []string{one, two} {
			if err := sparse.CopyFile(to, built[i]); err != nil {
				t.Fatal(err)
			}
		}
		return one, two
	}
	campaign(t)
	mkrescue(t, "floppy", "--size", "1440x2", "--arch", arch, "--append", FloppyUnattended, "-o", out)
	return one, two
}

// TestFloppySet: the two floppies repair, the second put into the drive when the loader asks
// for it (it does not take the first, nor a floppy without the mark), or lying in the second drive.
func TestFloppySet(t *testing.T) {
	needQEMU(t)
	for _, s := range []struct {
		name, row, arch string
		drives, memory  int
	}{
		{"one drive", "two floppies of 1.44 MB in one drive", "i386", 1, 40},
		{"two drives", "two floppies of 1.44 MB in two drives", "i386", 2, 40},
		{"one drive and a kernel of 64 bits", "two floppies of 1.44 MB in one drive, amd64", "amd64", 1, 64},
	} {
		t.Run(s.name, func(t *testing.T) {
			defer noteSmall(t, s.row, fmt.Sprintf("BIOS, %d MiB", s.memory))
			one, two := floppySet(t, s.arch)
			g := guests.MustLoad(t, "winxp-x86")
			c := Config{Machine: "pc", Firmware: BIOS, Memory: s.memory, Floppy: one, Disks: []Disk{{g.Build(t), IDE}}, Unlisted: true, More: []string{"-boot", "a"}}
			if s.drives == 2 {
				c.More = append(c.More, "-drive", "if=floppy,index=1,format=raw,readonly=on,file="+two)
			}
			h := start(t, c)
			defer func() { h.Kill(); _ = h.Wait() }()
			if err := h.WaitFor("Insert floppy 2 of this set"); err != nil {
				t.Fatal(err)
			}
			if s.drives == 1 {
				changeFloppy(t, h, two)
			}
			for _, text := range []string{"bootmend: engine exit code", "bootmend: init: "} {
				if err := h.WaitFor(text); err != nil {
					t.Fatalf("%v\n%s", err, h.Serial())
				}
			}
			t.Logf("engine done after %.0f s", h.Elapsed().Seconds())
			says(t, h.Serial(), "FINDING storage-driver-disabled", "IntelIde", "RESULT repaired and verified", "through an independent reader")
			h.Kill()
			_ = h.Wait()
			judgeDisk(t, story{driver: "IntelIde", sets: []string{"ControlSet001", "ControlSet003"}}, g, c.Disks[0].Path)
		})
	}
}

// changeFloppy puts first a floppy into the drive that is not the one, and then the one.
func changeFloppy(t *testing.T, h *Handle, image string) {
	t.Helper()
	m, err := h.Monitor()
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	blank := filepath.Join(t.TempDir(), "blank.img")
	if err := os.WriteFile(blank, make([]byte, 1440<<10), 0o644); err != nil {
		t.Fatal(err)
	}
	const wrong = "This is not floppy 2 of this set"
	for i, path := range []string{blank, image} {
		if i == 1 {
			if err := h.WaitFor(wrong); err != nil {
				t.Fatal(err)
			}
		}
		before := h.Serial()
		if n := strings.Count(before, wrong); n != i {
			t.Errorf("it says %d times that the floppy is wrong; want %d: %s", n, i, before)
		}
		time.Sleep(3 * time.Second) // some looks into the drive
		if h.Serial() != before {
			t.Fatalf("the loader went on without its second floppy: %s", h.Serial())
		}
		err := m.Do("blockdev-change-medium", map[string]any{"device": "floppy0", "filename": path, "format": "raw", "read-only-mode": "read-only"})
		if err != nil {
			t.Fatal(err)
		}
	}
}
