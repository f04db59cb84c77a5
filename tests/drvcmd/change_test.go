package drvcmd

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// repaired is the JSON of the verbs that write: that of a repair.
type repaired struct {
	Error   string
	Actions []struct{ Name, Argument, State string }
	Result  *struct {
		Committed bool
		UndoID    string `json:"undo_id"`
	}
}

// hive is the SYSTEM hive as a foreign reader sees it.
func hive(t *testing.T, g *guests.Guest, image string) []string {
	t.Helper()
	number, e := g.SystemHive()
	volume := oracle.Volume(t, image, g.Partition(number))
	defer os.Remove(volume)
	if err := oracle.NTFSStructure(volume); err != nil {
		t.Error(err)
	}
	data, err := oracle.NTFSFile(volume, e.Path)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := oracle.RegExport(oracle.HiveFile(t, data))
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// TestChanges: add, disable and enable are a repair: they write what they are asked
// for, nothing the second time, and undo takes them back.
func TestChanges(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string // a line of the hive afterwards
	}{
		{[]string{"add", "--machine", "qemu-q35"}, `ControlSet002\Services\msahci\"Start"=dword:00000000`},
		{[]string{"add", "--id", `PCI\VEN_1000&DEV_0054`}, `ControlSet001\Services\LSI_SAS\"Start"=dword:00000000`},
		{[]string{"disable", "rdyboostx"}, `ControlSet001\Services\rdyboostx\"Start"=dword:00000004`},
		{[]string{"enable", "msahci"}, `ControlSet001\Services\msahci\"Start"=dword:00000000`},
	} {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			t.Parallel()
			g := guests.MustLoad(t, "win7-x64")
			_, e := g.SystemHive()
			g = g.WithReg(e.Path, "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\rdyboostx]\n\"Start\"=dword:00000001\n\"Type\"=dword:00000001\n")
			image := g.Build(t)
			before, untouched := hive(t, g, image), hash(t, image)
			// Without a terminal --yes is required.
			drv(t, command.ExitUsage, nil, append(slices.Clone(tt.args), image)...)
			if hash(t, image) != untouched {
				t.Fatal("the disk has changed")
			}
			args := append(slices.Clone(tt.args), "--yes", image)
			var r repaired
			drv(t, command.ExitOK, &r, args...)
			if len(r.Actions) != 1 || r.Actions[0].State != "done" || !r.Result.Committed || r.Result.UndoID == "" {
				t.Errorf("%+v", r)
			}
			if !slices.ContainsFunc(hive(t, g, image), func(l string) bool { return strings.HasSuffix(l, tt.want) }) {
				t.Errorf("no %s", tt.want)
			}
			done := hash(t, image)
			drv(t, command.ExitOK, &r, args...)
			if r.Actions[0].State != "nothing-to-do" || hash(t, image) != done {
				t.Errorf("the second time: %+v", r)
			}
			if r := built.Run(t, "undo", "--yes", image); r.Code != command.ExitOK {
				t.Fatal(r)
			}
			if gone, added := oracle.RegChanges(before, hive(t, g, image)); len(gone)+len(added) > 0 {
				t.Errorf("undo: gone %q, added %q", gone, added)
			}
		})
	}
}

// TestChangesRefused: what repair refuses, drv refuses.
func TestChangesRefused(t *testing.T) {
	image := guests.MustLoad(t, "win7-x64").Build(t)
	before := hash(t, image)
	for _, tt := range []struct {
		code int
		says string
		args []string
	}{
		{command.ExitPerson, "no Windows starts without it", []string{"disable", "disk", "--yes"}},
		{command.ExitPerson, "needs it to start from", []string{"disable", "atapi", "--yes", "--machine", "qemu-pc"}},
		{command.ExitPerson, "has no service", []string{"enable", "nothing", "--yes"}},
		{command.ExitPerson, "viostor of virtio-win", []string{"add", "--machine", "qemu-virtio-blk", "--yes"}},
		{command.ExitPerson, "is not known", []string{"add", "--yes"}},
		{command.ExitUsage, "device id", []string{"add", "--yes", "--id", "x"}},
		{command.ExitUsage, "profile", []string{"add", "--yes", "--machine", "x"}},
		{command.ExitUsage, "", []string{"disable"}},
	} {
		r := built.Run(t, append(append([]string{"drv"}, tt.args...), image)...)
		text := strings.Join(strings.Fields(r.Stdout+r.Stderr), " ")
		if tt.args[0] == "disable" && len(tt.args) == 1 {
			r = built.Run(t, "drv", "disable")
			text = r.Stderr
		}
		if r.Code != tt.code || !strings.Contains(text, tt.says) {
			t.Errorf("%v: %s", tt.args, fmt.Sprint(r))
		}
	}
	if hash(t, image) != before {
		t.Error("the disk has changed")
	}
}
