package builder

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/bootmend/bootmend/builder/iso"
)

// netLoaders are what a network card starts, by their names on the server.
func netLoaders() map[string]source {
	all := bootLoaders()
	return map[string]source{
		"pxelinux.0":  {[]string{"pxelinux"}, []string{"usr/lib/PXELINUX/pxelinux.0"}},
		"ldlinux.c32": all["ldlinux.c32"],
		// Shim looks for its second stage beside itself.
		"bootx64.efi": all["shim"],
		"mmx64.efi":   all["mokmanager"],
		"grubx64.efi": {[]string{"grub-efi-amd64-signed"}, []string{"usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed"}},
	}
}

// PXE fills the directory o.Out with what a TFTP or HTTP server gives to machines
// that start from the network: kernel, initramfs, boot loaders for BIOS and UEFI (with
// Secure Boot) and an iPXE script. Driver packages go into the initramfs.
func PXE(o Options) (Sizes, error) {
	o.DriversInMemory = true
	medium, sizes, err := o.assemble()
	if err != nil {
		return Sizes{}, err
	}
	files := iso.NetFiles(medium.Files["boot/vmlinuz"], medium.Files["boot/initrd.img"], o.Append)
	cache := packageCache{dir: o.Cache, logf: o.Logf}
	for name, src := range netLoaders() {
		if files[name], err = cache.read(src); err != nil {
			return Sizes{}, fmt.Errorf("boot loader %s: %w", name, err)
		}
	}
	for _, b := range files {
		sizes.Image += int64(len(b))
	}
	return sizes, replaceDir(o.Out, files)
}

// replaceDir makes the directory with these files; an older one of ours is put
// aside first, any other is refused: it may hold what somebody needs.
func replaceDir(dir string, files map[string][]byte) error {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		if _, err := os.Stat(filepath.Join(dir, iso.NetScript)); err != nil {
			return fmt.Errorf("%s is there and holds something else than a netboot directory: name another, or remove it", dir)
		}
	}
	tmp := filepath.Clean(dir) + ".part"
	if err := os.RemoveAll(tmp); err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	for name, b := range files {
		path := filepath.Join(tmp, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Rename(tmp, dir)
}
