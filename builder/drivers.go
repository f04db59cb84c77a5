package builder

import (
	"fmt"
	"maps"
	"slices"

	"github.com/bootmend/bootmend/builder/drivers"
	"github.com/bootmend/bootmend/builder/iso"
	"github.com/bootmend/bootmend/builder/ramfs"
)

// maxInMemory bounds driver packages in the initramfs: the smallest machine has
// 144 MiB.
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
func (o Options) addDrivers(m *iso.Medium, set *drivers.Set) error {
	if set == nil {
		return nil
	}
	if !o.DriversInMemory {
		maps.Copy(m.Files, set.Files)
		return nil
	}
	var entries []ramfs.Entry
	for _, name := range slices.Sorted(maps.Keys(set.Files)) {
		entries = append(entries, ramfs.Entry{Name: name, Perm: 0o444, Content: set.Files[name]})
	}
	return appendArchive(m, entries)
}
