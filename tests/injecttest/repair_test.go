package injecttest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// finding is what the tests read of one.
type finding struct {
	ID, Result, Confidence, Advice string
	Fixable                        bool
}

type document struct {
	Findings []finding
	Result   *struct{ Verified, Committed bool }
}

func run(t *testing.T, code int, args ...string) document {
	t.Helper()
	r := bootmend.Run(t, append([]string{args[0], "--json"}, args[1:]...)...)
	if r.Code != code {
		t.Fatalf("exit %d, want %d: %v", r.Code, code, r)
	}
	var d document
	r.Decode(t, &d)
	return d
}

// TestRepairWithPackages: the whole of virtio-win is offered, the repair takes the
// right package, and the next scan is clean.
func TestRepairWithPackages(t *testing.T) {
	for _, tt := range []struct{ guest, machine, driver, from string }{
		{"winxp-x86", "qemu-virtio-blk", "viostor", "viostor/xp/x86"},
		{"win7-x64", "qemu-virtio-scsi", "vioscsi", "vioscsi/w7/amd64"},
		{"win10-x64", "qemu-virtio-blk", "viostor", "viostor/w10/amd64"},
	} {
		t.Run(tt.guest, func(t *testing.T) {
			t.Parallel()
			media := filepath.Join(collection(t), "virtio")
			g := guests.MustLoad(t, tt.guest)
			image := g.Build(t)
			args := []string{"--machine", tt.machine, image}

			d := run(t, command.ExitPerson, append([]string{"scan"}, args...)...)
			if len(d.Findings) != 1 || d.Findings[0].ID != "storage-driver-missing" || !strings.Contains(d.Findings[0].Advice, tt.driver) {
				t.Errorf("without the package: %+v; want advice that names %s", d.Findings, tt.driver)
			}
			args = append([]string{"--drivers", media}, args...)
			d = run(t, command.ExitRepairable, append([]string{"scan"}, args...)...)
			if len(d.Findings) != 1 || !d.Findings[0].Fixable || d.Findings[0].Confidence != "high" {
				t.Errorf("with the package: %+v", d.Findings)
			}
			before := export(t, g, image)
			d = run(t, command.ExitOK, append([]string{"repair", "--yes"}, args...)...)
			if d.Result == nil || !d.Result.Committed {
				t.Errorf("%+v", d.Result)
			}
			sound(t, g, image)
			want, err := os.ReadFile(filepath.Join(media, filepath.FromSlash(tt.from), tt.driver+".sys"))
			if err != nil {
				t.Fatal(err)
			}
			n, e := g.Find(0, `\WINDOWS\system32\drivers\disk.sys`)
			got, err := oracle.NTFSFile(oracle.Volume(t, image, g.Partition(n)), strings.TrimSuffix(e.Path, "disk.sys")+tt.driver+".sys")
			if err != nil || string(got) != string(want) {
				t.Errorf("ntfscat: %d bytes, %v; want the %d of %s", len(got), err, len(want), tt.from)
			}
			for _, args := range [][]string{{"--machine", tt.machine, image}, args} {
				if d = run(t, command.ExitOK, append([]string{"scan"}, args...)...); len(d.Findings) > 0 {
					t.Errorf("after the repair: %+v", d.Findings)
				}
			}
			packed := packedINF(t, image, tt.driver)
			if _, err := oracle.NTFSFile(oracle.Volume(t, image, g.Partition(n)), packed); packed != "" && err != nil {
				t.Errorf("ntfscat: %s: %v", packed, err)
			}
			run(t, command.ExitOK, "undo", "--yes", image)
			if gone, added := oracle.RegChanges(before, export(t, g, image)); len(gone)+len(added) > 0 {
				t.Errorf("taken back, the registry lacks %q and has %q more", gone, added)
			}
			sound(t, g, image)
			volume := oracle.Volume(t, image, g.Partition(n))
			for _, path := range []string{strings.TrimSuffix(e.Path, "disk.sys") + tt.driver + ".sys", packed} {
				if path == "" {
					continue
				}
				if _, err := oracle.NTFSFile(volume, path); err == nil {
					t.Errorf("taken back, %s is still there", path)
				}
			}
		})
	}
}

// packedINF is the path of the INF in the folder that was made for its package, ""
// when there is none.
func packedINF(t *testing.T, image, name string) string {
	t.Helper()
	_, w := open(t, image, profile(t, "qemu-pc"))
	list, err := w.Volume.FS.ReadDir(w.Path("Drivers"))
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if strings.HasPrefix(e.Name, name+"-") {
			return w.Path(`Drivers\` + e.Name + `\` + name + ".inf")
		}
	}
	return ""
}

// TestOnRequest: VMware's floppy does not say that it is for Windows NT 4.0. It is
// offered, and put in only when a person names the finding.
func TestOnRequest(t *testing.T) {
	media := filepath.Join(collection(t), "vmware")
	editions, err := guests.Editions()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range editions {
		if e.Name != "nt4-x86" {
			continue
		}
		g, err := e.Guest()
		if err != nil {
			t.Fatal(err)
		}
		image := g.Build(t)
		before := export(t, g, image)
		args := []string{"--machine", "vmware-buslogic", "--drivers", media, image}
		d := run(t, command.ExitPerson, append([]string{"repair", "--yes", "--except", "boot-chain-broken"}, args...)...)
		if gone, added := oracle.RegChanges(before, export(t, g, image)); len(gone)+len(added) > 0 {
			t.Errorf("unasked: %q, %q", gone, added)
		}
		found := false
		for _, f := range d.Findings {
			found = found || f.ID == "storage-driver-missing" && f.Fixable && f.Confidence == "low" && strings.Contains(f.Advice, "--only storage-driver-missing")
		}
		if !found {
			t.Errorf("%+v", d.Findings)
		}
		run(t, command.ExitOK, append([]string{"repair", "--yes", "--only", "storage-driver-missing"}, args...)...)
		sound(t, g, image)
		for _, f := range run(t, command.ExitOK, append([]string{"scan"}, args...)...).Findings {
			t.Errorf("left: %+v", f)
		}
	}
}
