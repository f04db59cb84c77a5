package builder

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/bootmend/bootmend/builder/drivers"
	"github.com/bootmend/bootmend/builder/iso"
	"github.com/bootmend/bootmend/builder/manifest"
	"github.com/bootmend/bootmend/builder/ramfs"
)

// maxInMemory bounds driver packages in the initramfs: the smallest machine has
// 128 MiB.
const maxInMemory = 16 << 20

func (o Options) collectDrivers() (*drivers.Set, error) {
	if len(o.Drivers) == 0 {
		return nil, nil
	}
	o.Logf("collecting driver packages")
	set, err := drivers.Collect(o.Drivers)
	if err == nil && o.DriversInMemory && set.Bytes > maxInMemory {
		return nil, fmt.Errorf("the driver packages have %d MiB, at most %d fit into the memory of small machines: name the folders that are needed", set.Bytes>>20, maxInMemory>>20)
	}
	return set, err
}

// addDrivers puts the packages onto the medium, or behind the initramfs: the kernel
// unpacks one archive after the other.
func (b *build) addDrivers(m *iso.Medium, set *drivers.Set) error {
	if set == nil {
		return nil
	}
	given := manifest.Package{Kind: manifest.Given, Name: "drivers", Licence: "NOASSERTION"}
	if !b.DriversInMemory {
		for _, name := range slices.Sorted(maps.Keys(set.Files)) {
			b.made.Add(name, set.Files[name], given)
			m.Files[name] = set.Files[name]
		}
		return nil
	}
	var entries []ramfs.Entry
	for _, name := range slices.Sorted(maps.Keys(set.Files)) {
		entries = append(entries, ramfs.Entry{Name: name, Perm: 0o444, Content: set.Files[name]})
	}
	return b.appendArchive(m, entries, given)
}

// appendArchive puts another archive behind the initramfs: the kernel unpacks one
// after the other.
func (b *build) appendArchive(m *iso.Medium, entries []ramfs.Entry, from manifest.Package) error {
	if len(entries) == 0 {
		return nil
	}
	var out bytes.Buffer
	if err := ramfs.WriteZstd(&out, ramfs.Parents(entries), m.Epoch); err != nil {
		return err
	}
	for _, s := range m.Systems() {
		if isLean(s.Initrd) {
			return errors.New("the lite image takes --append and --drivers only, also when another is made of it (--from): take the ISO for the rest")
		}
		// An archive begins at a multiple of four bytes (Documentation/driver-api/early-userspace/buffer-format.rst).
		padding := make([]byte, -len(s.Initrd)&3)
		m.Files[s.InitrdName] = slices.Concat(s.Initrd, padding, out.Bytes())
		for _, e := range entries {
			b.made.Add(s.InitrdName+":"+e.Name, e.Content, from)
		}
	}
	return nil
}
