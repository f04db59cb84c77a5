package inspect

import (
	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/bitlocker"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/probe"
	"github.com/bootmend/bootmend/initramfs/part"
)

// Unlock tries keys on the volumes of a disk that are encrypted with BitLocker. What
// none of them opens, and what cannot be read, stays locked: the inspection says so.
func Unlock(dev block.Device, keys []bitlocker.Key) []bitlocker.Unlocked {
	if !edition.BitLocker {
		return nil
	}
	dev = block.WithSectorSize(dev, part.SectorSize(dev))
	table, err := part.Read(dev)
	if err != nil {
		return nil
	}
	var all []bitlocker.Unlocked
	for _, p := range table.Partitions {
		section, err := block.NewSection(dev, p.Range)
		if err != nil {
			continue
		}
		if kind, err := probe.Detect(section); err != nil || kind != fs.BitLocker {
			continue
		}
		v, err := bitlocker.Open(section)
		if err != nil {
			continue
		}
		if s, err := v.Unlock(keys...); err == nil {
			all = append(all, bitlocker.Unlocked{Range: p.Range, Volume: v, Secret: s})
		}
	}
	return all
}
