package oracle

import (
	"regexp"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/tool"
)

// Firmware is what efibootmgr reads in a folder like /sys/firmware/efi/efivars.
type Firmware struct {
	Order   string            // "0000,0003"
	Entries map[string]string // "0003": "Windows Boot Manager\tHD(...)/File(...)..."; with "*" before the text where it is active
}

// FirmwareEntries asks efibootmgr, which is skipped where it is missing.
func FirmwareEntries(tb testing.TB, dir string) Firmware {
	tb.Helper()
	f := Firmware{Entries: map[string]string{}}
	entry := regexp.MustCompile(`^Boot([0-9A-F]{4})([* ]) ?(.*)$`)
	for line := range strings.Lines(string(bootmgr(tb, dir, "-v"))) {
		line = strings.TrimSuffix(line, "\n")
		if order, ok := strings.CutPrefix(line, "BootOrder: "); ok {
			f.Order = order
		}
		if m := entry.FindStringSubmatch(line); m != nil {
			f.Entries[m[1]] = strings.TrimSpace(m[2] + m[3])
		}
	}
	return f
}

// ChangeFirmware lets efibootmgr change something there: -b 0003 -A, -o 0000,0003.
func ChangeFirmware(tb testing.TB, dir string, args ...string) {
	tb.Helper()
	bootmgr(tb, dir, args...)
}

func bootmgr(tb testing.TB, dir string, args ...string) []byte {
	tb.Helper()
	tool.Need(tb, "efibootmgr")
	return tool.Env{"EFIVARFS_PATH=" + dir + "/", tool.UTF8}.Must(tb, "efibootmgr", args...)
}
