package vm

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/damage"
)

// TestFirmwareEntry: OVMF knows nothing of the Windows on the disk, whose EFI system
// partition has no fallback (and folders of another system, so that none is put there).
// The image makes the entry; started again, the firmware itself finds the boot manager
// by it. The other entries keep their order.
func TestFirmwareEntry(t *testing.T) {
	needQEMU(t)
	d, ok := damage.Find("esp-fallback-missing/other-system")
	if !ok {
		t.Fatal("no such damage")
	}
	disk, _ := d.Build(t)
	c := Config{Machine: "pc", Firmware: UEFI, CD: rescueImage(t), Disks: []Disk{{disk, IDE}},
		Variables: filepath.Join(t.TempDir(), "vars.fd")}

	log := run(t, c)
	says(t, log, "FINDING efi-entry-missing (present, fatal)", "FIRMWARE 2 variables set and read back", "Windows Boot Manager")
	before, after := orders(t, log)
	if len(after) != len(before)+1 || !slices.Equal(slices.DeleteFunc(slices.Clone(after), func(n string) bool { return !slices.Contains(before, n) }), before) {
		t.Errorf("order %v became %v", before, after)
	}

	again := run(t, c)
	if strings.Contains(again, "efi-entry-missing") || strings.Contains(again, "FIRMWARE") {
		t.Error("the second start finds something about the entries")
	}

	c.CD, c.Timeout = "", 2*time.Minute
	h := start(t, c)
	entry := regexp.MustCompile(`loading Boot[0-9A-F]{4} "Windows Boot Manager" from HD\(1,GPT,6F1C2A10-93B4-4D07-8E55-C0DE00000001[^)]*\)/\\EFI\\Microsoft\\Boot\\bootmgfw\.efi`)
	if err := h.WaitFor(`"Windows Boot Manager"`); err != nil {
		t.Error(err)
	}
	time.Sleep(time.Second) // the rest of the line
	h.Kill()
	if err := h.Wait(); err != nil {
		t.Error(err)
	}
	if !entry.MatchString(h.Serial()) {
		t.Errorf("the firmware does not start the boot manager by the entry:\n%s", h.Serial())
	}
}

// orders are BootOrder before and after, as the plan tells them.
func orders(t *testing.T, log string) (before, after []string) {
	t.Helper()
	m := regexp.MustCompile(`variable BootOrder from \[([0-9A-F ]*)\] to \[([0-9A-F ]*)\]`).FindStringSubmatch(strings.Join(strings.Fields(log), " "))
	if m == nil {
		t.Fatal("the plan does not tell the order")
	}
	return strings.Fields(m[1]), strings.Fields(m[2])
}
