package explaintest

import (
	"crypto/sha256"
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

var bootmend command.Binary

func TestMain(m *testing.M) { os.Exit(command.Main(m, &bootmend)) }

// broken builds the disk of a damage.
func broken(t *testing.T, name string) (disk string, d damage.Damage) {
	t.Helper()
	d, ok := damage.Find(name)
	if !ok {
		t.Fatalf("no damage %s", name)
	}
	disk, _ = d.Build(t)
	return disk, d
}

func hash(t *testing.T, path string) [32]byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(data)
}

func has(t *testing.T, r command.Result, code int, texts ...string) {
	t.Helper()
	flat := strings.Join(strings.Fields(r.Stdout), " ")
	for _, text := range texts {
		if !strings.Contains(flat, text) {
			t.Errorf("%q is missing: %v", text, r)
		}
	}
	if r.Code != code {
		t.Errorf("exit %d, want %d: %v", r.Code, code, r)
	}
}

func TestExplainWithoutDisks(t *testing.T) {
	has(t, bootmend.Run(t, "explain", "7b"), 0, "You saw: STOP 0x0000007B INACCESSIBLE_BOOT_DEVICE", "1 storage-driver-disabled", "Name a disk")
	has(t, bootmend.Run(t, "explain", "ntldr", "is", "missing"), 0, "You saw: NTLDR is missing", "1 ntldr-missing")
	has(t, bootmend.Run(t, "explain", "my printer does not work"), 1, "is not known")
	if r := bootmend.Run(t, "explain"); r.Code != 1 && r.Code != 2 {
		t.Errorf("no text: %v", r)
	}
	var d struct {
		Recognised string
		Conditions []struct{ ID, Result string }
	}
	bootmend.Run(t, "explain", "--json", "0xc000021a").Decode(t, &d)
	if len(d.Conditions) == 0 || d.Conditions[0].ID != "mounted-devices-stale" || d.Conditions[0].Result != "" || !strings.Contains(d.Recognised, "0xC000021A") {
		t.Errorf("--json: %+v", d)
	}
}

// What is there comes first, also when something else is the usual cause.
func TestExplainOnADisk(t *testing.T) {
	disk, d := broken(t, "storage-driver-disabled/ide-7")
	before := hash(t, disk)
	machine := []string{"--machine", d.Machine, disk}
	has(t, bootmend.Run(t, append([]string{"explain", "0x0000007B"}, machine...)...), 10,
		"PRESENT storage-driver-disabled on w1", "bootmend repair mends it", "Looked for and not there:", "RESULT storage-driver-disabled is there and shows this")
	has(t, bootmend.Run(t, append([]string{"explain", "NTLDR is missing"}, machine...)...), 10,
		"Looked for and not there: ntldr-missing", "Found besides, and not known to show this: storage-driver-disabled", "RESULT nothing of what is known to show this is there, but something else is wrong")
	var doc struct {
		Conditions []struct{ ID, Result string }
		Scan       struct{ Findings []struct{ ID string } }
	}
	bootmend.Run(t, append([]string{"explain", "--json", "7b"}, machine...)...).Decode(t, &doc)
	if len(doc.Conditions) < 10 || doc.Conditions[0].Result != "present" || doc.Conditions[len(doc.Conditions)-1].Result != "absent" || len(doc.Scan.Findings) == 0 {
		t.Errorf("--json: %+v", doc)
	}
	if hash(t, disk) != before {
		t.Error("the disk was written to")
	}
}

func TestScanExplain(t *testing.T) {
	disk, d := broken(t, "storage-driver-disabled/ide-7")
	before := hash(t, disk)
	scan := func(id string, more ...string) command.Result {
		return bootmend.Run(t, append([]string{"scan", "--explain", id, "--machine", d.Machine, disk}, more...)...)
	}
	has(t, scan("storage-driver-disabled"), 10, "PRESENT w1", "because:", "decided: repaired, in automatic mode, too", "PLAN for storage-driver-disabled", "PROOF", "RESULT can be repaired")
	has(t, scan("ntldr-missing"), 0, "absent w1", "absent "+disk, "RESULT ntldr-missing is absent")
	if r := scan("no-such"); r.Code != 2 || !strings.Contains(r.Stderr, "there is no condition") {
		t.Errorf("unknown condition: %v", r)
	}
	var doc struct {
		Explain struct {
			ID     string
			Places []struct {
				Result, Decided string
				Steps           []struct{ Action string }
			}
		}
	}
	scan("storage-driver-disabled", "--json").Decode(t, &doc)
	if p := doc.Explain.Places; len(p) != 1 || p[0].Result != "present" || len(p[0].Steps) == 0 || p[0].Decided == "" {
		t.Errorf("--json: %+v", doc)
	}
	if hash(t, disk) != before {
		t.Error("the disk was written to")
	}
}

// Without a machine nobody can tell whether its driver starts; a hive that is
// damaged accounts for what it seems to say; a hibernated volume forbids.
func TestScanExplainWhatIsNotRepaired(t *testing.T) {
	disk, d := broken(t, "storage-driver-disabled/ide-7")
	has(t, bootmend.Run(t, "scan", "--explain", "storage-driver-disabled", disk), 11, "UNKNOWN w1", "decided: nothing, because it could not be told", "what to do:", "RESULT is not repaired")
	g := guests.MustLoad(t, d.Guest)
	n, _ := g.SystemHive()
	hibernated := g.With(n, guests.Entry{Kind: guests.Text, Path: `\hiberfil.sys`, Data: append([]byte("hibr"), make([]byte, 8192)...)})
	off := "[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\intelide]\n\"Start\"=dword:00000003\n[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet002\\Services\\intelide]\n\"Start\"=dword:00000003\n"
	_, hive := g.SystemHive()
	both := hibernated.WithReg(hive.Path, off).Build(t)
	has(t, bootmend.Run(t, "scan", "--explain", "hibernated", both), 11, "PRESENT", "decided: nothing, because it takes a person or another tool", "RESULT is not repaired")
	has(t, bootmend.Run(t, "scan", "--explain", "storage-driver-disabled", "--machine", "qemu-pc", both), 11, "PRESENT w1",
		"decided: not repaired, because another finding forbids it (see REFUSED)", "REFUSED storage-driver-disabled is not repaired because of hibernated")
}
