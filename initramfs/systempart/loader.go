package systempart

import (
	"errors"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// maxLoader is more than any boot manager for UEFI has.
const maxLoader = 16 << 20

// espCopies are the copies of the boot manager that Windows keeps, by who signed them,
// with bootmgr.efi beside each.
func espCopies() map[bootchain.Generation][2]string {
	return map[bootchain.Generation][2]string{
		bootchain.Of2011: {`Boot\EFI\bootmgfw.efi`, `Boot\EFI\bootmgr.efi`},
		bootchain.Of2023: {`Boot\EFI_EX\bootmgfw_EX.efi`, `Boot\EFI_EX\bootmgr_EX.efi`},
	}
}

// loadersFor are the paths of bootmgfw.efi and bootmgr.efi to take, of the first
// generation that the machine starts and Windows has; "" where there is none.
func loadersFor(p *inspect.Patient, w *inspect.Installation) (bootmgfw, bootmgr string) {
	for _, g := range bootchain.Preferred(p.Machine, bootchain.UnknownGeneration) {
		for place, below := range espCopies() {
			path := w.Path(below[0])
			if err := bootchain.LoaderFileFault(w.Volume, path); err != nil && !errors.Is(err, bootchain.ErrCompressed) {
				continue
			}
			data, err := bootchain.ReadSmall(w.Volume.FS, path, maxLoader)
			if err != nil {
				continue
			}
			if by := bootchain.GenerationOf(data); by != g && (by != bootchain.UnknownGeneration || place != g) {
				continue
			}
			if other := w.Path(below[1]); bootchain.HasFile(w.Volume.FS, other) {
				return path, other
			}
			return path, ""
		}
	}
	return "", ""
}
