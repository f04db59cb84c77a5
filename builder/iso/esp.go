package iso

import (
	"fmt"
	"time"

	"github.com/bootmend/bootmend/builder/fatimage"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// espLabel is not the label of the volumes that people put drivers and answers onto.
const espLabel = "RESCUE-EFI"

// writeESP makes the EFI system partition's image at name: a FAT16 file system
// with these files. FAT16 because every UEFI reads it and FAT32 would need
// 33 MB.
func writeESP(name string, files map[string][]byte, epoch time.Time) error {
	i := fatimage.Image{Size: fatimage.SizeFor(files), Kind: fs.FAT16, Label: espLabel, Files: files, Epoch: epoch}
	if err := i.Write(name); err != nil {
		return fmt.Errorf("ESP: %w", err)
	}
	return nil
}
