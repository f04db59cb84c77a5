package vm

import (
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/bitlockertest"
)

// TestBitLockerKey: the recovery key on the kernel command line opens the volume, the
// driver in it is repaired, and the next start finds nothing; without the key the volume
// is named with the ID of the key that is wanted, and nothing is written.
func TestBitLockerKey(t *testing.T) {
	needQEMU(t)
	campaign(t)
	image, _ := bitlockertest.Disk(t, bitlockertest.Encrypt)
	before := hash(t, image)
	start := func(args string) string {
		c := direct(t, Unattended+args)
		c.Machine, c.Disks = "q35", []Disk{{image, IDE}}
		return run(t, c)
	}
	id := bitlockertest.PasswordID[:8]
	says(t, start(""), "FINDING bitlocker-locked", strings.ToUpper(id))
	if hash(t, image) != before {
		t.Fatal("without the key the disk was written")
	}
	key := " bootmend.bitlocker-key=" + id + ":" + bitlockertest.Password
	says(t, start(key), "FINDING storage-driver-disabled", "storahci", "RESULT repaired and verified")
	repaired := hash(t, image)
	says(t, start(key), "RESULT healthy, nothing was written")
	if hash(t, image) != repaired {
		t.Error("the second start wrote")
	}
}
