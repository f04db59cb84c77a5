package builder

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/bootmend/bootmend/builder/fatimage"
	"github.com/bootmend/bootmend/builder/iso"
	ownkernel "github.com/bootmend/bootmend/builder/kernel"
	"github.com/bootmend/bootmend/builder/lean"
	"github.com/bootmend/bootmend/builder/manifest"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// liteESP is the size of the lite image's EFI system partition: FAT12 as on a floppy,
// because FAT16 begins at four MiB.
const liteESP = 1440 << 10

// LiteISO builds a small hybrid ISO image: kernel of ours, the lean program, GRUB without
// signature. It starts by BIOS and by UEFI without Secure Boot.
func LiteISO(o Options) (Sizes, error) {
	defer o.done()
	if err := o.check(); err != nil {
		return Sizes{}, err
	}
	if o.Arch != AMD64 || o.From != "" || o.Kernel != "" || o.DriversInMemory || o.Answers != "" || len(o.SSHKeys)+len(o.BitLockerKeys)+len(o.Extra)+len(o.MoreModules)+len(o.LeaveOut) > 0 {
		return Sizes{}, errors.New("the lite image is made for amd64 and takes --append and --drivers only: it has no network, no modules, one program, and no memory for drivers")
	}
	if err := checkSmall(o.Append, false); err != nil {
		return Sizes{}, err
	}
	if err := o.begin(); err != nil {
		return Sizes{}, err
	}
	packages, err := o.collectDrivers()
	if err != nil {
		return Sizes{}, err
	}
	if err := o.preflight("go", "xz", "grub-mkimage"); err != nil {
		return Sizes{}, err
	}
	b := newBuild(o)
	m := &iso.Medium{Files: map[string][]byte{}, Epoch: o.Epoch}
	if err := b.liteLoaders(m); err != nil {
		return Sizes{}, err
	}
	if err := b.liteSystem(m); err != nil {
		return Sizes{}, err
	}
	b.sizes.Drivers = packages
	if err := b.addDrivers(m, packages); err != nil {
		return Sizes{}, err
	}
	if err := b.addManifest(m); err != nil {
		return Sizes{}, err
	}
	return b.publish(m, func(string) error { return nil })
}

// liteSystem adds kernel, initramfs and the boot loaders' configuration.
func (b *build) liteSystem(m *iso.Medium) error {
	s := iso.SystemNames(0)
	image, release, from, err := b.ownKernel(AMD64, ownkernel.Lite)
	if err != nil {
		return err
	}
	b.Logf("compiling the program")
	program, err := lean.Build(lean.Options{Source: b.Source, TempDir: b.work, Offline: b.Offline, Arch: AMD64.goarch()})
	if err != nil {
		return err
	}
	s.Kernel = image
	if s.Initrd, err = leanInitramfs(program.Content, release, nil, b.Epoch); err != nil {
		return err
	}
	for name, content := range iso.BootFiles([]iso.System{s}, b.Append) {
		m.Files[name] = content
	}
	b.made.Add(s.KernelName, image, from...)
	goPackages, err := b.leanPackages(AMD64)
	if err != nil {
		return err
	}
	b.made.Add(s.InitrdName+":bbin/bootmend", program.Content, append(goPackages, own())...)
	b.sizes.Kernel, b.sizes.Initramfs, b.sizes.Commands = int64(len(image)), int64(len(s.Initrd)), int64(len(program.Content))
	return nil
}

// liteLoaders adds isolinux, and a GRUB that is made of the modules that it needs.
func (b *build) liteLoaders(m *iso.Medium) error {
	cache := b.packages(AMD64)
	got, err := cache.loadFiles(biosLoaders(), "isolinux.bin", "isohdpfx.bin", "ldlinux.c32")
	if err != nil {
		return err
	}
	m.MBRCode = got["isohdpfx.bin"].content
	b.made.Add(bootRecord, m.MBRCode, got["isohdpfx.bin"].from)
	for _, name := range []string{"isolinux.bin", "ldlinux.c32"} {
		m.Files["isolinux/"+name] = got[name].content
		b.made.Add("isolinux/"+name, got[name].content, got[name].from)
	}
	dir, err := cache.unpack("grub-efi-amd64-bin")
	if err != nil {
		return err
	}
	grub, err := b.grubImage("x86_64-efi", filepath.Join(dir, "usr/lib/grub/x86_64-efi"), liteGRUB, "normal linux iso9660 fat part_gpt part_msdos search search_fs_file serial terminal test configfile echo efi_gop efi_uga all_video halt reboot", nil)
	if err != nil {
		return err
	}
	const path = "/EFI/BOOT/BOOTX64.EFI"
	from, err := cache.grubOrigin(dir)
	if err != nil {
		return err
	}
	b.made.Add(iso.ESPFile+path, grub, from)
	esp := fatimage.Image{Size: liteESP, Kind: fs.FAT12, Label: "RESCUE-EFI", Files: map[string][]byte{path: grub}, Epoch: b.Epoch}
	m.ESPImage, err = esp.Bytes()
	return err
}

// grubOrigin is the origin of a package of GRUB's modules. Its copyright file is a link to
// that of grub-common.
func (c *packageCache) grubOrigin(dir string) (manifest.Package, error) {
	_, err := c.unpack("grub-common")
	return c.origin(dir), err
}

// liteGRUB makes GRUB go on with the medium's own configuration.
const liteGRUB = `search --no-floppy --file /.disk/manifest.json --set=root
set prefix=($root)/boot/grub
configfile /boot/grub/grub.cfg
`

// grubImage makes a GRUB of modules by grub-mkimage.
func (b *build) grubImage(format, dir, config, modules string, memory []byte) ([]byte, error) {
	tool, err := lookUp("grub-mkimage")
	if err != nil {
		return nil, err // preflight said it already
	}
	work, err := os.MkdirTemp(b.work, "grub-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	script, out := filepath.Join(work, "grub.cfg"), filepath.Join(work, "grub.img")
	if err := os.WriteFile(script, []byte(config), 0o644); err != nil {
		return nil, err
	}
	args := []string{"-O", format, "-d", dir, "-p", "/boot/grub", "-c", script, "-o", out}
	if len(memory) > 0 {
		disk := filepath.Join(work, "memory.tar")
		if err := os.WriteFile(disk, memory, 0o644); err != nil {
			return nil, err
		}
		args = append(args, "-m", disk)
	}
	for _, name := range bytes.Fields([]byte(modules)) {
		args = append(args, string(name))
	}
	if text, err := exec.Command(tool, args...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", tool, err, bytes.TrimSpace(text))
	}
	return os.ReadFile(out)
}
