package condition

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

const espLoaderPath = `\EFI\Microsoft\Boot\bootmgfw.efi`

// efiCopies are where a Windows keeps copies of bootmgfw.efi, by who signed them;
// where that cannot be read, the place says it.
func efiCopies() map[bootchain.Generation]string {
	return map[bootchain.Generation]string{bootchain.Of2011: `Boot\EFI\bootmgfw.efi`, bootchain.Of2023: `Boot\EFI_EX\bootmgfw_EX.efi`}
}

// efiLoaderCopy is the copy of bootmgfw.efi to take: that of the newest Windows, of a
// generation that the machine starts.
func efiLoaderCopy(p *inspect.Patient, m *bootchain.BootManager) *bootCopy {
	there := generationOnESP(m)
	for _, g := range bootchain.Preferred(p.Machine, there) {
		for _, w := range m.NewestFirst() {
			c := signedCopy(w, g)
			if c == nil {
				continue
			}
			c.own = true
			if there != bootchain.UnknownGeneration && g != there && !bootchain.ReadSecureBoot(p.Machine).On {
				c.another = fmt.Sprintf("What is on the partition is signed by %q, and the only copy by %q: with Secure Boot on, not every machine starts both. With --only it is taken.", there, g)
			}
			return c
		}
	}
	return nil
}

// signedCopy is the copy of that generation which a Windows has.
func signedCopy(w *inspect.Installation, g bootchain.Generation) *bootCopy {
	for place, below := range efiCopies() {
		c := copyFrom(w.Volume, w.Path(below), w.Arch)
		if c == nil {
			continue
		}
		by := bootchain.GenerationOf(c.data)
		if by == g || by == bootchain.UnknownGeneration && place == g {
			return c
		}
	}
	return nil
}

// generationOnESP is that of what Windows has on the EFI system partition.
func generationOnESP(m *bootchain.BootManager) bootchain.Generation {
	for _, path := range []string{espLoaderPath, `\EFI\Microsoft\Boot\bootmgr.efi`, fallbackPath(m.NewestFirst()[0])} {
		data, err := bootchain.ReadSmall(m.System.FS, path, maxBootFile)
		if err != nil {
			continue
		}
		if g := bootchain.GenerationOf(data); g != bootchain.UnknownGeneration {
			return g
		}
	}
	return bootchain.UnknownGeneration
}
