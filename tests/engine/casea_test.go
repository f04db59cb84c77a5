package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// Case A: Windows 2000 SP4 with Update Rollup 1 in its first edition, moved to a
// BusLogic adapter. The disk has bad copies only; a good one is offered in turn on
// a floppy, on a CD, and inside the update as it is downloaded, on each of these.

const (
	badPort, goodPort = "5.0.2195.7017", "5.0.2195.7059"
	onBusLogic        = "vmware-buslogic"
)

// caseA is the disk and how a good file is offered beside it.
func caseA(t *testing.T) string {
	t.Helper()
	d, ok := damage.Find("scsiport-2000-rollup/only-bad-copies")
	if !ok {
		t.Fatal("the damage is gone")
	}
	image, _ := d.Build(t)
	return image
}

func TestCaseA(t *testing.T) {
	t.Parallel()
	good, bad := standIn(t, goodPort), standIn(t, badPort)
	update := selfExtracting(t, map[string][]byte{"scsiport.sys": good, "update.inf": []byte("[Version]")})
	packed := cabinet(t, map[string][]byte{"scsiport.sys": good})
	for name, offer := range map[string]func(t *testing.T) []string{
		"floppy": func(t *testing.T) []string { return []string{floppy(t, 1440, map[string][]byte{"SCSIPORT.SYS": good})} },
		"floppy, packed": func(t *testing.T) []string {
			return []string{floppy(t, 1440, map[string][]byte{"SCSIPORT.SY_": packed})}
		},
		"floppy, update": func(t *testing.T) []string {
			return []string{floppy(t, 2880, map[string][]byte{"KB891861.EXE": update})}
		},
		"CD": func(t *testing.T) []string { return []string{disc(t, map[string][]byte{"scsiport.sys": good})} },
		"CD, update": func(t *testing.T) []string {
			return []string{disc(t, map[string][]byte{"Windows2000-KB891861-v2-x86-ENU.EXE": update})}
		},
		"CD, set-up":   func(t *testing.T) []string { return []string{disc(t, map[string][]byte{"I386/SCSIPORT.SY_": packed})} },
		"named update": func(t *testing.T) []string { return []string{"--drivers", inFile(t, "kb.exe", update)} },
		"named folder": func(t *testing.T) []string {
			return []string{"--drivers", filepath.Dir(inFile(t, "scsiport.sys", good))}
		},
		"named ISO": func(t *testing.T) []string {
			return []string{"--drivers", disc(t, map[string][]byte{"x/y/scsiport.sys": good})}
		},
		"bad one besides": func(t *testing.T) []string {
			return []string{floppy(t, 1440, map[string][]byte{"SCSIPORT.SYS": bad}), disc(t, map[string][]byte{"scsiport.sys": good})}
		},
	} {
		if !campaign() && name != "floppy" && name != "CD, update" && name != "named update" && name != "bad one besides" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			image := caseA(t)
			args := append([]string{"--machine", onBusLogic, image}, offer(t)...)
			doc := want(t, command.ExitRepairable, append([]string{"plan"}, args...)...)
			found := doc.find("scsiport-2000-rollup")
			if len(found) != 1 || !strings.Contains(found[0].Symptom, "0x0000001E") || found[0].Confidence != "high" {
				t.Fatalf("want scsiport-2000-rollup, STOP 1E:\n%s", doc.ids())
			}
			want(t, command.ExitOK, append([]string{"repair", "--yes"}, args...)...)
			g := guests.MustLoad(t, "win2000-buslogic")
			sound(t, image, g)
			for _, path := range []string{`\WINNT\system32\drivers\scsiport.sys`, `\WINNT\system32\dllcache\scsiport.sys`} {
				checkPort(t, image, g, path)
			}
			want(t, command.ExitOK, "scan", "--machine", onBusLogic, image)
		})
	}
}

func checkPort(t *testing.T, image string, g *guests.Guest, path string) {
	t.Helper()
	data, err := readFile(t, image, &g.Parts[0], path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := pe.Open(strings.NewReader(string(data)), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if v, err := f.Version(); err != nil || v.File.String() != goodPort {
		t.Errorf("%s has version %v, %v; want %s", path, v.File, err, goodPort)
	}
}

// TestCaseAOffersNothing: what is of no use is told and not taken.
func TestCaseAOffersNothing(t *testing.T) {
	t.Parallel()
	delta := selfExtracting(t, map[string][]byte{"_sfx_manifest_": []byte("x"), "scsiport.sys._p": []byte("PA19")})
	for name, tt := range map[string]struct {
		image string
		says  string
	}{
		"bad version":  {floppy(t, 1440, map[string][]byte{"SCSIPORT.SYS": standIn(t, badPort)}), badPort},
		"unknown":      {floppy(t, 1440, map[string][]byte{"SCSIPORT.SYS": standIn(t, "5.0.2195.7038")}), "7038"},
		"XP's":         {floppy(t, 1440, map[string][]byte{"SCSIPORT.SYS": standIn(t, "5.1.2600.5512")}), "5.1.2600.5512"},
		"delta":        {disc(t, map[string][]byte{"KB891861.EXE": delta}), "differences between files"},
		"not a driver": {floppy(t, 1440, map[string][]byte{"SCSIPORT.SYS": []byte(strings.Repeat("text ", 999))}), "SCSIPORT.SYS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			image := caseA(t)
			before := hash(t, image)
			doc := want(t, command.ExitPerson, "repair", "--yes", "--machine", onBusLogic, image, tt.image)
			found := doc.find("scsiport-2000-rollup")
			if len(found) != 1 || found[0].Fixable || !strings.Contains(strings.ToLower(found[0].Advice), strings.ToLower(tt.says)) {
				t.Errorf("want advice with %q: %+v", tt.says, found)
			}
			untouched(t, image, before, "repair")
		})
	}
}

// TestCaseAOnOtherControllers: the file is bad with that adapter only.
func TestCaseAOnOtherControllers(t *testing.T) {
	t.Parallel()
	image := caseA(t)
	doc := decode(t, bootmend(t, "scan", "--machine", "qemu-pc", image, "--json"))
	if len(doc.find("scsiport-2000-rollup")) != 0 {
		t.Errorf("found on an IDE controller:\n%s", doc.ids())
	}
}

func standIn(t *testing.T, version string) []byte {
	t.Helper()
	data, err := guests.StandIn("x86", version)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func inFile(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// folderOf writes files to a folder of the host.
func folderOf(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// disc is made by genisoimage.
func disc(t *testing.T, files map[string][]byte) string {
	t.Helper()
	image := filepath.Join(t.TempDir(), "disc.iso")
	if out, err := exec.Command("genisoimage", "-quiet", "-J", "-R", "-o", image, folderOf(t, files)).CombinedOutput(); err != nil {
		t.Fatalf("genisoimage: %v: %s", err, out)
	}
	return image
}

// cabinet is made by gcab.
func cabinet(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	dir, path := folderOf(t, files), filepath.Join(t.TempDir(), "x.cab")
	args := []string{"--create", "--zip", "--nopath", path}
	for name := range files {
		args = append(args, filepath.Join(dir, name))
	}
	if out, err := exec.Command("gcab", args...).CombinedOutput(); err != nil {
		t.Fatalf("gcab: %v: %s", err, out)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// selfExtracting is a program with a cabinet behind it, as hotfixes of Windows
// 2000 are.
func selfExtracting(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	return append(standIn(t, "6.3.13.0"), cabinet(t, files)...)
}
