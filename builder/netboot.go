package builder

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/builder/iso"
	"github.com/bootmend/bootmend/builder/manifest"
)

// PXE fills the directory o.Out with what a TFTP or HTTP server gives to machines
// that start from the network: kernel, initramfs, boot loaders for BIOS and UEFI (with
// Secure Boot) and an iPXE script. Driver packages go into the initramfs.
func PXE(o Options) (Sizes, error) {
	defer o.done()
	if err := checkNetDir(o.Out); err != nil {
		return Sizes{}, err
	}
	o.DriversInMemory, o.makes = true, NetbootDir
	b, m, err := o.assemble()
	if err != nil {
		return Sizes{}, err
	}
	files, err := b.netFiles(m)
	if err != nil {
		return Sizes{}, err
	}
	for _, content := range files {
		b.sizes.Image += int64(len(content))
	}
	return b.sizes, replaceDir(b.Scratch, b.Out, files)
}

// netFiles are the directory's files, its lists too.
func (b *build) netFiles(m *iso.Medium) (map[string][]byte, error) {
	systems := m.Systems()
	archs, err := uefiArchs(b.made)
	if err != nil {
		return nil, err
	}
	b.made.Rename(func(name string) string {
		archive, below, inside := strings.Cut(name, ":")
		if archive = iso.NetName(archive); !inside {
			return archive
		}
		return archive + ":" + below
	})
	files := iso.NetFiles(systems, b.Append)
	loaders, err := b.netLoaders(archs, len(systems) > 1)
	if err != nil {
		return nil, err
	}
	kept := map[string]bool{}
	for _, s := range systems {
		kept[iso.NetName(s.KernelName)], kept[iso.NetName(s.InitrdName)] = true, true
	}
	b.made.Rename(func(name string) string {
		if archive, _, _ := strings.Cut(name, ":"); !kept[archive] {
			return ""
		}
		return name
	})
	for name, content := range files {
		if !kept[name] {
			b.made.Add(name, content, own())
		}
	}
	for name, f := range loaders {
		files[name] = f.content
		b.made.Add(name, f.content, f.from)
	}
	if files[SBOMName], err = b.made.SPDX(filepath.Base(fromRoot(b.Out)), b.Epoch); err != nil {
		return nil, err
	}
	files[ManifestName], err = b.made.JSON(b.Epoch)
	return files, err
}

// uefiArchs are the architectures that a medium starts on by UEFI, the preferred one first:
// those of its boot loaders. The medium may be an image of before (--from).
func uefiArchs(made *manifest.Manifest) ([]Arch, error) {
	var archs []Arch
	for _, arch := range Universal.systems() {
		loader := uefiLoader(arch, "BOOT")
		if slices.ContainsFunc(made.Files(), func(f manifest.File) bool { return f.Path == iso.ESPFile+loader }) {
			archs = append(archs, arch)
		}
	}
	if len(archs) == 0 {
		return nil, errors.New("the image's manifest names no boot loader for UEFI, so that nobody knows which ones the network wants: build the image anew")
	}
	return archs, nil
}

// netLoaders are what a network card starts, by their names on the server. Shim looks
// for its second stage beside itself. Of two systems BIOS machines choose by a module.
func (b *build) netLoaders(archs []Arch, two bool) (map[string]loaded, error) {
	names := []string{"pxelinux.0", "ldlinux.c32"}
	if two {
		names = append(names, "ifcpu64.c32", "libcom32.c32")
	}
	all, err := b.packages(archs[0]).loadFiles(biosLoaders(), names...)
	if err != nil {
		return nil, err
	}
	for _, arch := range archs {
		got, err := b.packages(arch).loadFiles(arch.efiLoaders(), "shim", "grubnet", "mokmanager")
		if err != nil {
			return nil, err
		}
		if arch == AMD64 { // Secure Boot is for 64 bits only here
			grub := got["grubnet"]
			if grub.content, err = iso.PadForNet(grub.content); err != nil {
				return nil, fmt.Errorf("boot loader grubnet: %w", err)
			}
			got["grubnet"] = grub
		}
		end := arch.efi() + ".efi"
		all["boot"+end], all["grub"+end], all["mm"+end] = got["shim"], got["grubnet"], got["mokmanager"]
	}
	return all, nil
}
