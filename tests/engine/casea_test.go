package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/offer"
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
	update := offer.Files{"scsiport.sys": good, "update.inf": []byte("[Version]")}.Program(t)
	packed := offer.Files{"scsiport.sys": good}.Cabinet(t)
	for name, beside := range map[string]func(t *testing.T) []string{
		"floppy": func(t *testing.T) []string { return []string{offer.Files{"SCSIPORT.SYS": good}.Floppy(t, 1440)} },
		"floppy, packed": func(t *testing.T) []string {
			return []string{offer.Files{"SCSIPORT.SY_": packed}.Floppy(t, 1440)}
		},
		"floppy, update": func(t *testing.T) []string {
			return []string{offer.Files{"KB891861.EXE": update}.Floppy(t, 2880)}
		},
		"CD": func(t *testing.T) []string { return []string{offer.Files{"scsiport.sys": good}.Disc(t)} },
		"CD, update": func(t *testing.T) []string {
			return []string{offer.Files{"Windows2000-KB891861-v2-x86-ENU.EXE": update}.Disc(t)}
		},
		"CD, set-up":   func(t *testing.T) []string { return []string{offer.Files{"I386/SCSIPORT.SY_": packed}.Disc(t)} },
		"named update": func(t *testing.T) []string { return []string{"--drivers", inFile(t, "kb.exe", update)} },
		"named folder": func(t *testing.T) []string {
			return []string{"--drivers", filepath.Dir(inFile(t, "scsiport.sys", good))}
		},
		"named ISO": func(t *testing.T) []string {
			return []string{"--drivers", offer.Files{"x/y/scsiport.sys": good}.Disc(t)}
		},
		"bad one besides": func(t *testing.T) []string {
			return []string{offer.Files{"SCSIPORT.SYS": bad}.Floppy(t, 1440), offer.Files{"scsiport.sys": good}.Disc(t)}
		},
	} {
		if !campaign() && name != "floppy" && name != "CD, update" && name != "named update" && name != "bad one besides" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			image := caseA(t)
			args := append([]string{"--machine", onBusLogic, image}, beside(t)...)
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
	delta := offer.Files{"_sfx_manifest_": []byte("x"), "scsiport.sys._p": []byte("PA19")}.Program(t)
	for name, tt := range map[string]struct {
		image string
		says  string
	}{
		"bad version":  {offer.Files{"SCSIPORT.SYS": standIn(t, badPort)}.Floppy(t, 1440), badPort},
		"unknown":      {offer.Files{"SCSIPORT.SYS": standIn(t, "5.0.2195.7038")}.Floppy(t, 1440), "7038"},
		"XP's":         {offer.Files{"SCSIPORT.SYS": standIn(t, "5.1.2600.5512")}.Floppy(t, 1440), "5.1.2600.5512"},
		"delta":        {offer.Files{"KB891861.EXE": delta}.Disc(t), "differences between files"},
		"not a driver": {offer.Files{"SCSIPORT.SYS": []byte(strings.Repeat("text ", 999))}.Floppy(t, 1440), "SCSIPORT.SYS"},
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
