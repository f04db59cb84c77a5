package damage

import "os"

// cutImage ends the image in the middle of the Windows partition.
func cutImage(t target) error {
	return os.Truncate(t.image, t.part.Start+t.part.Size/2)
}

// notActive clears the boot flags of the four table entries.
func notActive(t target) error {
	return pokeDisk(t.image, []byte{0}, 0x1BE, 0x1CE, 0x1DE, 0x1EE)
}

// noSignature clears 55 AA at the end of the boot sector of the active
// partition, which is the first one.
func noSignature(t target) error {
	return pokeDisk(t.image, []byte{0, 0}, t.guest.Parts[0].Start+510)
}

func pokeDisk(image string, p []byte, at ...int64) error {
	f, err := os.OpenFile(image, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, off := range at {
		if _, err := f.WriteAt(p, off); err != nil {
			return err
		}
	}
	return nil
}
