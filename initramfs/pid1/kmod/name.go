package kmod

import (
	"path"
	"strings"
)

// Name is a module's name as the kernel knows it: no directory, no suffix, and
// "_" where the file name may have "-".
type Name string

// NameOf returns the name of the module in a file, or of a module as a person
// or another module writes it: "drivers/usb/storage/usb-storage.ko.zst" and
// "usb-storage" are both usb_storage.
func NameOf(file string) Name {
	base := path.Base(file)
	for _, suffix := range []string{".zst", ".xz", ".gz", ".ko"} {
		base = strings.TrimSuffix(base, suffix)
	}
	return Name(strings.ReplaceAll(base, "-", "_"))
}
