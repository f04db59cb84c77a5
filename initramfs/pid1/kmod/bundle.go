package kmod

import (
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// BundlesFile lists, beside the other index files, the modules that lie in bundles: one
// line "FILE BUNDLE OFFSET SIZE" each. A bundle is one Zstandard stream of modules, one
// behind the other; OFFSET and SIZE count its uncompressed bytes. The file system in
// memory then holds what the hardware does not need in a fifth of the space, which
// decides on how little memory a machine may have.
const BundlesFile = "modules.bundles"

// Place is where a module lies in a bundle.
type Place struct {
	Bundle       string // path relative to the tree's root
	Offset, Size int64  // uncompressed bytes
}

// maxModule bounds what a line may ask for: the largest module of Debian's has 3 MB.
const maxModule = 64 << 20

// ReadBundles reads BundlesFile from the root of a module tree. A tree without it has
// no bundles.
func ReadBundles(tree fs.FS) (map[string]Place, error) {
	text, err := fs.ReadFile(tree, BundlesFile)
	if err != nil {
		return nil, err
	}
	places := map[string]Place{}
	err = eachLine(string(text), func(line string) error {
		f := strings.Fields(line)
		if len(f) != 4 || !fs.ValidPath(f[1]) {
			return fmt.Errorf("want FILE BUNDLE OFFSET SIZE, not %q", line)
		}
		off, err1 := strconv.ParseInt(f[2], 10, 64)
		size, err2 := strconv.ParseInt(f[3], 10, 64)
		if err1 != nil || err2 != nil || off < 0 || size <= 0 || size > maxModule || off > 1<<40 {
			return fmt.Errorf("bad offset or size in %q", line)
		}
		places[f[0]] = Place{f[1], off, size}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", BundlesFile, err)
	}
	return places, nil
}

// BundleOf is the bundle that the builder puts a module into: what machines load
// together lies together, since a bundle is unpacked from its beginning.
func BundleOf(file string) string {
	part := strings.Split(path.Dir(strings.TrimPrefix(file, "kernel/")), "/")
	if len(part) < 2 || part[0] != "drivers" {
		return "rest"
	}
	switch part[1] {
	case "scsi", "net", "ata", "usb":
		return part[1]
	case "nvme", "block", "virtio", "hv", "message", "pci", "cdrom", "mmc":
		return "disk"
	}
	return "rest"
}
