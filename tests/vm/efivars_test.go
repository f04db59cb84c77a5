package vm

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestFirmwareEntry: OVMF knows nothing of the Windows on the disk, whose EFI system
// partition has no fallback (and folders of another system, so that none is put there).
// The image makes the entry; started again, the firmware itself finds the boot manager
// by it. The other entries keep their order.
func TestFirmwareEntry(t *testing.T) {
	needQEMU(t)
	campaign(t)
	d, ok := damage.Find("esp-fallback-missing/other-system")
	if !ok {
		t.Fatal("no such damage")
	}
	_, g := d.Build(t)
	iso := rescueImage(t)
	disk := g.With(1, guests.Entry{Kind: guests.File, Path: `\EFI\Microsoft\Boot\bootmgfw.efi`, Data: program(t, iso)}).Build(t)
	c := Config{Machine: "pc", Firmware: UEFI, CD: iso, Disks: []Disk{{disk, IDE}},
		Variables: filepath.Join(t.TempDir(), "vars.fd"), Timeout: 15 * time.Minute}

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

	c.CD, c.Timeout = "", 5*time.Minute
	h := start(t, c)
	entry := regexp.MustCompile(`starting Boot[0-9A-F]{4} "Windows Boot Manager" from HD\(1,GPT,6F1C2A10-93B4-4D07-8E55-C0DE00000001[^)]*\)/\\EFI\\Microsoft\\Boot\\bootmgfw\.efi`)
	if err := h.WaitFor(`.efi`); err != nil {
		t.Error(err)
	}
	time.Sleep(5 * time.Second) // what follows the first line about it
	h.Kill()
	if err := h.Wait(); err != nil {
		t.Error(err)
	}
	if !entry.MatchString(h.Serial()) {
		t.Errorf("the firmware does not start the boot manager by the entry:\n%s", h.Serial())
	}
}

// program is one that firmware starts: the kernel of the image has an EFI stub.
func program(t *testing.T, iso string) []byte {
	t.Helper()
	kernel, _, err := ExtractKernel(iso, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(kernel)
	if err != nil {
		t.Fatal(err)
	}
	return data
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
