package pid1

import (
	"os"

	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/initramfs/efi/efivarfs"
)

// The mark that the rescue CD's boot code looks for after a restart (package
// builder/iso, chooser): with it the first disk is started and not the rescue again.
// It lies in a part of the first page of memory that neither BIOSes nor Linux use.
const (
	DiskFirstMark    = "bootmend to disk"
	diskFirstAddress = 0x5E0
)

// startDiskNext keeps the firmware from starting the rescue again where ejecting it
// does not: drives of emulators close at a restart, and sticks stay where they are.
func (s *system) startDiskNext() {
	if _, err := os.Stat(efivarfs.Dir); edition.NT6 && err == nil {
		entry, err := setBootNext(efivarfs.Dir)
		switch {
		case err != nil:
			s.sayf("next start: %v", err)
		case entry != "":
			s.sayf("the firmware starts %s next", entry)
		}
		return
	}
	if err := markDiskFirst("/dev/mem"); err != nil {
		s.sayf("next start: %v", err)
	}
}

// markDiskFirst leaves the mark. Memory that does not survive the restart, as in
// machines that test it, is as good as no mark.
func markDiskFirst(memory string) error {
	f, err := os.OpenFile(memory, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteAt([]byte(DiskFirstMark), diskFirstAddress)
	return err
}
