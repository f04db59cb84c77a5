package pid1

import (
	"fmt"
	"os"
)

// The mark that the rescue CD's boot code looks for after a restart (package
// builder/iso, chooser): with it the first disk is started and not the rescue again.
// It lies in a part of the first page of memory that neither BIOSes nor Linux use.
const (
	DiskFirstMark    = "bootmend to disk"
	diskFirstAddress = 0x5E0
)

// markDiskFirst leaves the mark, where the firmware is a BIOS. Memory that does not
// survive the restart, as in machines that test it, is as good as no mark.
func markDiskFirst(memory, efi string) error {
	if _, err := os.Stat(efi); err == nil {
		return nil
	}
	f, err := os.OpenFile(memory, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("memory: %w", err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(DiskFirstMark), diskFirstAddress); err != nil {
		return fmt.Errorf("memory: %w", err)
	}
	return nil
}
