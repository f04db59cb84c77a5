package vm

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/guests"
)

// TestNoCircle: the machine is to restart after the repair, which may not repair what is
// wrong, and its medium cannot be ejected: the kernel is started by the emulator itself.
// By BIOS, where nothing tells the next start of this one, it is switched off at once; by
// UEFI at the second start.
func TestNoCircle(t *testing.T) {
	needQEMU(t)
	campaign(t)
	for _, row := range []struct {
		firmware Firmware
		starts   int
		says     []string
	}{
		{BIOS, 1, []string{"this machine has no place to note that it was restarted"}},
		{UEFI, 2, []string{"bootmend: init: reboot", "restarted from here within the last hour already"}},
	} {
		t.Run(string(row.firmware), func(t *testing.T) {
			c := direct(t, "bootmend.mode=auto bootmend.after=reboot bootmend.except=storage-driver-disabled")
			c.Firmware, c.Restarts, c.Timeout = row.firmware, true, 10*time.Minute
			if row.firmware == UEFI {
				c.Machine, c.Variables = "q35", filepath.Join(t.TempDir(), "vars.fd")
			}
			c.Disks = []Disk{{guests.MustLoad(t, "winxp-x86").Build(t), IDE}}
			before := hash(t, c.Disks[0].Path)
			log := run(t, c)
			says(t, log, append(row.says, "It is switched off instead of restarted.", "bootmend: init: power off")...)
			if n := strings.Count(log, "bootmend: init: started"); n != row.starts {
				t.Errorf("the image was started %d times; want %d", n, row.starts)
			}
			if hash(t, c.Disks[0].Path) != before {
				t.Error("the disk was written to")
			}
		})
	}
}
