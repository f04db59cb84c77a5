package builder

import (
	"fmt"
	"runtime"

	"github.com/bootmend/bootmend/initramfs/pid1/kmod"
)

// Arch is what processors a medium is for.
type Arch string

// AMD64 has a 64-bit kernel. I386 starts on everything since the Pentium Pro, without
// SSE2. Universal has both, and the boot loader takes the one that the processor runs.
const (
	AMD64     Arch = "amd64"
	I386      Arch = "i386"
	Universal Arch = "universal"
)

func (a Arch) check() error {
	switch a {
	case AMD64, I386, Universal:
		return nil
	}
	return fmt.Errorf("architecture %q: want %s, %s or %s", string(a), AMD64, I386, Universal)
}

// systems are the architectures of the kernels on the medium, the preferred one first.
func (a Arch) systems() []Arch {
	if a == Universal {
		return []Arch{AMD64, I386}
	}
	return []Arch{a}
}

// Debian is Debian's name for it.
func (a Arch) Debian() string { return string(a) }

// goarch is Go's name for it.
func (a Arch) goarch() string {
	if a == I386 {
		return "386"
	}
	return "amd64"
}

// libraryDir is where Debian's dynamic loader looks first.
func (a Arch) libraryDir() string {
	if a == I386 {
		return "lib/i386-linux-gnu"
	}
	return "lib/x86_64-linux-gnu"
}

// efi is the part of the boot loaders' names that UEFI gives to the architecture
// (UEFI 2.10, 3.5.1.1).
func (a Arch) efi() string {
	if a == I386 {
		return "ia32"
	}
	return "x64"
}

// hostArch is Debian's name of the architecture that this program runs on; what it does
// not know is no architecture of a medium, and then all lists are foreign ones.
func hostArch() string {
	if runtime.GOARCH == "386" {
		return "i386"
	}
	return runtime.GOARCH
}

// mayMiss are modules of the list that Debian's kernel for the architecture does not
// have: Xen needs PAE, which the kernel for all processors is without.
func (a Arch) mayMiss() []kmod.Name {
	if a == I386 {
		return []kmod.Name{"xen_blkfront"}
	}
	return nil
}
