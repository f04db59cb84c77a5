package engine

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/volume"
)

func TestUsageErrors(t *testing.T) {
	image := guests.MustLoad(t, "win7-x86").Build(t)
	before := hash(t, image)
	for _, args := range [][]string{
		{"scan", "--no-such-flag", image},
		{"no-such-command", image},
		{"scan", "--machine", "no-such-machine", image},
		{"scan", "--machine", "pci:zz", image},
		{"repair", "--yes", "--machine", "qemu-q35", "--only", "no-such-condition", image},
		{"repair", "--yes", "--machine", "qemu-q35", "--except", "no-such-condition", image},
		{"scan", "--machine"},
		{"repair", "--yes", "--machine", "qemu-q35", "--rounds", "-1", image},
		{"repair", "--yes", "--machine", "qemu-q35", "--rounds", "0", image},
	} {
		r := bootmend(t, args...)
		if r.Code != command.ExitUsage || r.Stderr == "" {
			t.Errorf("want exit 2 and a message: %v", r)
		}
	}
	untouched(t, image, before, "a usage error")
}

// TestRepairAsks: without a terminal nobody can agree, so --yes is required.
func TestRepairAsks(t *testing.T) {
	image := guests.MustLoad(t, "win7-x86").Build(t)
	before := hash(t, image)
	r := bootmend(t, "repair", "--machine", "qemu-q35", image)
	if r.Code != command.ExitUsage || !strings.Contains(r.Stderr+r.Stdout, "--yes") {
		t.Errorf("want exit 2 and a word about --yes: %v", r)
	}
	untouched(t, image, before, "repair without --yes")
}

func TestOnlyAndExcept(t *testing.T) {
	image := guests.MustLoad(t, "win7-x86").Build(t)
	before := hash(t, image)
	want(t, command.ExitPerson, "repair", "--yes", "--machine", "qemu-q35", "--except", "storage-driver-disabled", image)
	untouched(t, image, before, "repair --except")
	want(t, command.ExitPerson, "repair", "--yes", "--machine", "qemu-q35", "--only", "ntfs-dirty", image)
	untouched(t, image, before, "repair --only something else")
	d := want(t, command.ExitOK, "repair", "--yes", "--machine", "qemu-q35", "--only", "storage-driver-disabled", image)
	if d.Result == nil || !d.Result.Committed {
		t.Errorf("result %+v; want committed", d.Result)
	}
}

// TestJSONFields: fields are added, never renamed.
func TestJSONFields(t *testing.T) {
	image := guests.MustLoad(t, "win10-x64").Build(t)
	r := bootmend(t, "scan", "--json", "--machine", "qemu-q35", image)
	var top map[string]json.RawMessage
	if err := json.Unmarshal([]byte(r.Stdout), &top); err != nil {
		t.Fatalf("%v: %v", err, r)
	}
	for _, name := range []string{"version", "machine", "disks", "windows", "chain", "findings"} {
		if _, ok := top[name]; !ok {
			t.Errorf("no field %q", name)
		}
	}
	d := want(t, command.ExitRepairable, "scan", "--machine", "qemu-q35", image)
	if len(d.Windows) != 1 || len(d.Disks) != 1 || len(d.Chain) != 1 {
		t.Fatalf("%d Windows, %d disks, %d chains; want one each", len(d.Windows), len(d.Disks), len(d.Chain))
	}
	w, disk := d.Windows[0], d.Disks[0]
	if w.ID == "" || w.Disk != image || w.Partition != 3 || !strings.EqualFold(w.SystemRoot, `\Windows`) ||
		w.Version != "10.0" || w.Build != 16299 || w.Arch != "amd64" || w.Product != "Windows 10 Pro" ||
		len(w.ControlSets) != 1 || w.ControlSets[0].Name != "ControlSet001" {
		t.Errorf("windows %+v", w)
	}
	if disk.Path != image || disk.Size != 2<<30 || disk.Table != "gpt" || !strings.EqualFold(disk.GUID, "6f1c2a10-93b4-4d07-8e55-c0de00000000") || len(disk.Partitions) != 3 {
		t.Errorf("disk %+v", disk)
	}
	if len(d.Chain[0].Stages) < 3 || d.Chain[0].Windows != w.ID {
		t.Errorf("chain %+v", d.Chain)
	}
	bad := false
	for _, s := range d.Chain[0].Stages {
		if s.Stage == "" || s.What == "" {
			t.Errorf("stage %+v", s)
		}
		bad = bad || s.OK != nil && !*s.OK
	}
	if !bad {
		t.Error("no stage of the chain is broken, though Windows does not start")
	}
}

// TestVersions: what every kind of Windows is recognised as.
func TestVersions(t *testing.T) {
	for name, want1 := range map[string]windows{
		"winxp-x86":        {Partition: 1, SystemRoot: `\WINDOWS`, Version: "5.1", Build: 2600, Arch: "x86", Product: "Microsoft Windows XP"},
		"winxp-logical":    {Partition: 6, SystemRoot: `\WINDOWS`, Version: "5.1", Build: 2600, Arch: "x86", Product: "Microsoft Windows XP"},
		"win2003-system-c": {Partition: 2, SystemRoot: `\WINDOWS`, Version: "5.2", Build: 3790, Arch: "x86", Product: "Microsoft Windows Server 2003"},
		"win7-x86":         {Partition: 1, SystemRoot: `\Windows`, Version: "6.1", Build: 7601, Arch: "x86", Product: "Windows 7 Professional"},
		"win7-x64":         {Partition: 2, SystemRoot: `\Windows`, Version: "6.1", Build: 7601, Arch: "amd64", Product: "Windows 7 Professional"},
		"win81-x64":        {Partition: 2, SystemRoot: `\Windows`, Version: "6.3", Build: 9600, Arch: "amd64", Product: "Windows 8.1 Pro"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := guests.MustLoad(t, name)
			d := want(t, command.ExitOK, "scan", "--machine", g.Healthy[0].Machine, g.Build(t))
			if len(d.Windows) != 1 {
				t.Fatalf("%d Windows; want 1", len(d.Windows))
			}
			w := d.Windows[0]
			if w.Partition != want1.Partition || !strings.EqualFold(w.SystemRoot, want1.SystemRoot) || w.Version != want1.Version ||
				w.Build != want1.Build || w.Arch != want1.Arch || w.Product != want1.Product {
				t.Errorf("got %+v; want %+v", w, want1)
			}
		})
	}
}

// TestInUse: somebody else holds the disk.
func TestInUse(t *testing.T) {
	g := guests.MustLoad(t, "win7-x86")
	repair := func(t *testing.T, image string) {
		t.Helper()
		before := hash(t, image)
		r := bootmend(t, "repair", "--yes", "--machine", "qemu-q35", image)
		if r.Code != command.ExitInUse || !strings.Contains(r.Stderr+r.Stdout, "in use") {
			t.Errorf("want exit 14 and \"in use\": %v", r)
		}
		untouched(t, image, before, "repair of a disk in use")
	}
	t.Run("flock", func(t *testing.T) {
		image := g.Build(t)
		f, err := os.Open(image)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := unix.Flock(int(f.Fd()), unix.LOCK_SH); err != nil {
			t.Fatal(err)
		}
		repair(t, image)
	})
	t.Run("qemu", func(t *testing.T) {
		image := g.Build(t)
		socket := filepath.Join(t.TempDir(), "nbd")
		ready := filepath.Join(t.TempDir(), "pid")
		cmd := exec.Command("qemu-nbd", "--format=raw", "--persistent", "--socket="+socket, "--fork", "--pid-file="+ready, image)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("qemu-nbd: %v: %s", err, out)
		}
		defer stopPIDFile(t, ready)
		repair(t, image)
	})
	t.Run("loop device", func(t *testing.T) {
		image := g.Build(t)
		volume.Loop(t, image)
		repair(t, image)
	})
}

// stopPIDFile ends the process that wrote its id there: one we started.
func stopPIDFile(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("kill", strings.TrimSpace(string(data))).CombinedOutput(); err != nil {
		t.Errorf("kill: %v: %s", err, out)
	}
}
