package builder

import (
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/builder/iso"
	"github.com/bootmend/bootmend/builder/manifest"
)

// biosLoaders are what a BIOS starts, of packages that are the same everywhere.
func biosLoaders() map[string]source {
	bios := "usr/lib/syslinux/modules/bios/"
	return map[string]source{
		"isolinux.bin": {[]string{"isolinux"}, []string{"usr/lib/ISOLINUX/isolinux.bin"}},
		"isohdpfx.bin": {[]string{"isolinux"}, []string{"usr/lib/ISOLINUX/isohdpfx.bin"}},
		"pxelinux.0":   {[]string{"pxelinux"}, []string{"usr/lib/PXELINUX/pxelinux.0"}},
		"ldlinux.c32":  {[]string{"syslinux-common"}, []string{bios + "ldlinux.c32"}},
		"ifcpu64.c32":  {[]string{"syslinux-common"}, []string{bios + "ifcpu64.c32"}},
		"libcom32.c32": {[]string{"syslinux-common"}, []string{bios + "libcom32.c32"}},
	}
}

// efiLoaders are what UEFI starts: shim, then GRUB for media or for the network.
func (a Arch) efiLoaders() map[string]source {
	shim, grub := "usr/lib/shim/shim"+a.efi(), "usr/lib/grub/x86_64-efi-signed/"
	if a == I386 {
		grub = "usr/lib/grub/i386-efi-signed/"
	}
	signed := []string{"grub-efi-" + strings.Replace(string(a), "i386", "ia32", 1) + "-signed"}
	return map[string]source{
		"shim": {[]string{"shim-signed"}, []string{shim + ".efi.signed", shim + ".efi.signed.latest", shim + ".efi.dualsigned"}},
		"mokmanager": {[]string{"shim-helpers-" + string(a) + "-signed", "shim-signed"},
			[]string{"usr/lib/shim/mm" + a.efi() + ".efi.signed", "usr/lib/shim/mm" + a.efi() + ".efi"}},
		"grub":    {signed, []string{grub + "gcd" + a.efi() + ".efi.signed"}},
		"grubnet": {signed, []string{grub + "grubnet" + a.efi() + ".efi.signed"}},
	}
}

// loaded is a file and where it is from.
type loaded struct {
	content []byte
	from    manifest.Package
}

// loadFiles reads these of the sources.
func (c *packageCache) loadFiles(sources map[string]source, names ...string) (map[string]loaded, error) {
	got := map[string]loaded{}
	for _, name := range names {
		content, from, err := c.read(sources[name])
		if err != nil {
			return nil, fmt.Errorf("boot loader %s: %w", name, err)
		}
		if name == "isolinux.bin" { // as it will be on the medium, where the table is told
			content = iso.WithoutBootTable(content)
		}
		got[name] = loaded{content, from}
	}
	return got, nil
}

// uefiLoader is the place of a boot loader in the EFI system partition.
func uefiLoader(arch Arch, name string) string {
	return "/EFI/BOOT/" + name + strings.ToUpper(arch.efi()) + ".EFI"
}

// addLoaders puts the boot loaders onto a medium.
func (b *build) addLoaders(m *iso.Medium) error {
	bios := []string{"isolinux.bin", "isohdpfx.bin", "ldlinux.c32"}
	if b.Arch == Universal {
		bios = append(bios, "ifcpu64.c32", "libcom32.c32")
	}
	got, err := b.packages(b.Arch.systems()[0]).loadFiles(biosLoaders(), bios...)
	if err != nil {
		return err
	}
	for name, f := range got {
		if name == "isohdpfx.bin" {
			m.MBRCode = f.content
			b.made.Add(bootRecord, f.content, f.from)
			continue
		}
		m.Files["isolinux/"+name] = f.content
		b.made.Add("isolinux/"+name, f.content, f.from)
	}
	for _, arch := range b.Arch.systems() {
		got, err := b.packages(arch).loadFiles(arch.efiLoaders(), "shim", "grub", "mokmanager")
		if err != nil {
			return err
		}
		for name, f := range map[string]loaded{"BOOT": got["shim"], "GRUB": got["grub"], "MM": got["mokmanager"]} {
			path := uefiLoader(arch, name)
			m.ESP[path] = f.content
			b.made.Add(iso.ESPFile+path, f.content, f.from)
		}
	}
	return nil
}
