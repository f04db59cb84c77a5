package media

import (
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/probe"
	"github.com/bootmend/bootmend/initramfs/part"
)

// Disk makes a Tree of what a disk, CD or floppy holds: of its file system, or,
// when it has more than one volume that can be read, of folders "partition 1", ...
// An error wraps ErrUnknown when there is none, or says why the only one cannot be
// read.
func Disk(name string, dev block.Device) (source.Tree, error) {
	kind, err := probe.Detect(dev)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if kind != fs.Unknown && kind != fs.Empty {
		v, err := probe.Open(dev)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if kind == fs.ISO9660 {
			return withData(name, dev, v), nil
		}
		return Volume(name, v), nil
	}
	return partitions(name, block.WithSectorSize(dev, part.SectorSize(dev)))
}

// withData: behind a hybrid ISO image on a stick may be a partition of a person's
// own, whose first sector the image does not reach.
func withData(name string, dev block.Device, image fs.FS) source.Tree {
	whole := Volume(name, image)
	table, err := part.Read(block.WithSectorSize(dev, part.SectorSize(dev)))
	if err != nil {
		return whole // a CD
	}
	order, trees := []string{"image"}, map[string]source.Tree{"image": whole}
	for _, p := range table.Partitions {
		if OfImage(p) {
			continue
		}
		if tree, err := partition(name, dev, p); err == nil {
			folder := fmt.Sprintf("partition %d", p.Number)
			order, trees[folder] = append(order, folder), tree
		}
	}
	if len(order) == 1 {
		return whole
	}
	return source.Folders(name, order, trees)
}

func partitions(name string, dev block.Device) (source.Tree, error) {
	if dev.Size() < 512 {
		return nil, fmt.Errorf("%s: %w", name, ErrUnknown)
	}
	table, err := part.Read(dev)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var order []string
	var only source.Tree
	var all []error
	trees := map[string]source.Tree{}
	for _, p := range table.Partitions {
		tree, err := partition(name, dev, p)
		if err != nil {
			all = append(all, fmt.Errorf("%s partition %d: %w", name, p.Number, err))
			continue
		}
		folder := fmt.Sprintf("partition %d", p.Number)
		order, trees[folder], only = append(order, folder), tree, tree
	}
	switch {
	case len(order) == 1:
		return only, nil
	case len(order) > 1:
		return source.Folders(name, order, trees), nil
	case len(all) > 0:
		return nil, errors.Join(all...)
	}
	return nil, fmt.Errorf("%s: %w", name, ErrUnknown)
}

func partition(name string, dev block.Device, p part.Partition) (source.Tree, error) {
	section, err := block.NewSection(dev, p.Range)
	if err != nil {
		return nil, err
	}
	v, err := probe.Open(section)
	if err != nil {
		return nil, err
	}
	return Volume(fmt.Sprintf("%s partition %d", name, p.Number), v), nil
}
