package builder

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/bootmend/bootmend/builder/floppyboot"
	"github.com/bootmend/bootmend/initramfs/media"
)

const starterReadme = "This floppy starts bootmend from a CD, disk or USB stick that the BIOS cannot\r\nstart from. There is room for drivers (folders with INF and SYS files) and for an\r\nanswer file, bootmend.yaml.\r\n"

// StarterFloppy makes the floppy of 1,440 KiB that finds and starts the rescue on a CD,
// disk or USB stick, by GRUB's own drivers for disks.
func StarterFloppy(o Options) (Sizes, error) {
	defer o.done()
	if o.Arch != "" {
		return Sizes{}, errors.New("the starter floppy is the same for all processors (no --arch): what it starts decides")
	}
	if err := o.check(); err != nil {
		return Sizes{}, err
	}
	if o.Append != "" || o.wantsMore() {
		return Sizes{}, errors.New("the starter floppy takes nothing: kernel arguments belong to what it starts; copy drivers and an answer file (bootmend.yaml) onto the finished image with mcopy or Windows")
	}
	if err := o.preflight("grub-mkimage"); err != nil {
		return Sizes{}, err
	}
	if err := o.begin(); err != nil {
		return Sizes{}, err
	}
	b := newBuild(o)
	dir, err := b.packages(AMD64).unpack("grub-pc-bin")
	if err != nil {
		return Sizes{}, err
	}
	grub, err := b.packages(AMD64).grubOrigin(dir)
	if err != nil {
		return Sizes{}, err
	}
	dir = filepath.Join(dir, "usr/lib/grub/i386-pc")
	boot, err := os.ReadFile(filepath.Join(dir, "boot.img"))
	if err != nil {
		return Sizes{}, err
	}
	memory, err := starterMemory(dir, b.Epoch)
	if err != nil {
		return Sizes{}, err
	}
	core, err := b.grubImage("i386-pc", dir, starterConfig, starterModules, memory)
	if err != nil {
		return Sizes{}, err
	}
	loader := append(boot, core...)
	loader = append(loader, make([]byte, (512-len(loader)%512)%512)...)
	files := map[string][]byte{"README.TXT": []byte(starterReadme)}
	b.made.Add("(boot loader)", loader, grub)
	for name, content := range files {
		b.made.Add(name, content, own())
	}
	if files[FloppyManifestName], err = b.made.JSON(b.Epoch); err != nil {
		return Sizes{}, err
	}
	image, err := floppyboot.Build(floppyboot.Content{Size: floppyboot.Size1440, Label: media.Label, Epoch: o.Epoch, More: files}, loader)
	if err != nil {
		return Sizes{}, err
	}
	return Sizes{Image: int64(len(image))}, b.publishFloppies([][]byte{image})
}
