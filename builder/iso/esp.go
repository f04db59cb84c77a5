package iso

import (
	"fmt"

	"github.com/bootmend/bootmend/builder/fatimage"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// espLabel is not the label of the volumes that people put drivers and answers onto.
const espLabel = "RESCUE-EFI"

// MakeESP makes ESPImage of ESP unless it is there: a FAT16 file system with these files.
// FAT16 because every UEFI reads it and FAT32 would need 33 MB.
func (m *Medium) MakeESP() error {
	if m.ESPImage != nil {
		return nil
	}
	image, err := fatimage.Image{Size: fatimage.SizeFor(m.ESP), Kind: fs.FAT16, Label: espLabel, Files: m.ESP, Epoch: m.Epoch}.Bytes()
	if err != nil {
		return fmt.Errorf("ESP: %w", err)
	}
	m.ESPImage = image
	return nil
}
