package bootchain

import (
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// ESPMark is the file by which a FAT volume is known as the EFI system partition of
// Windows, whatever its type says: the boot manager, or where that is lost its store;
// "" where there is neither. The error is that of a file that cannot be looked at.
func ESPMark(volume fs.FS) (path string, err error) {
	for _, path := range []string{`\EFI\Microsoft\Boot\bootmgfw.efi`, StorePaths()[1]} {
		info, e := volume.Stat(path)
		switch {
		case e == nil && !info.IsDir() && info.Size > 0:
			return path, nil
		case e != nil && !errors.Is(e, fs.ErrNotExist) && !errors.Is(e, fs.ErrNotDir):
			err = fmt.Errorf("%s: %w", path, e)
		}
	}
	return "", err
}
