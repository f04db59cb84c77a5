package modules

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/pid1/kmod"
)

// Texts are the index files of the set, by name.
func (s *Set) Texts() map[string]string {
	texts := s.Index.Texts()
	if s.places != "" {
		texts[kmod.BundlesFile] = s.places
	}
	return texts
}

// Bundled returns the set with its modules in compressed bundles instead of files of
// their own.
func (s *Set) Bundled(compress func([]byte) ([]byte, error)) (*Set, error) {
	content := map[string][]byte{}
	var places strings.Builder
	for _, file := range s.loadOrder() {
		bundle := path.Join("bundles", kmod.BundleOf(file)+".zst")
		fmt.Fprintf(&places, "%s %s %d %d\n", file, bundle, len(content[bundle]), len(s.Files[file]))
		content[bundle] = append(content[bundle], s.Files[file]...)
	}
	packed := &Set{Index: s.Index, Files: map[string][]byte{}, places: places.String()}
	for _, bundle := range slices.Sorted(maps.Keys(content)) {
		b, err := compress(content[bundle])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", bundle, err)
		}
		packed.Files[bundle] = b
	}
	return packed, nil
}

// common are modules that most machines load, although no other needs them.
var common = []kmod.Name{"sd_mod", "sr_mod", "ata_piix", "ahci", "ata_generic", "isofs", "vfat", "nls_cp437", "usbhid",
	"hid_generic", "xhci_pci", "ehci_pci", "uhci_hcd", "usb_storage", "virtio_pci", "virtio_blk", "nvme", "floppy"}

// loadOrder are the modules' files, those that many others need and common ones first
// and the large ones last: to load one, everything before it in its bundle is unpacked.
func (s *Set) loadOrder() []string {
	needed := map[string]int{}
	for _, deps := range s.Index.Deps {
		for _, dep := range deps {
			needed[s.Index.Files[dep]] += 2
		}
	}
	for _, name := range common {
		if file := s.Index.Files[name]; file != "" {
			needed[file]++
		}
	}
	return slices.SortedFunc(maps.Keys(s.Files), func(a, b string) int {
		return cmp.Or(cmp.Compare(needed[b], needed[a]), cmp.Compare(len(s.Files[a]), len(s.Files[b])), cmp.Compare(a, b))
	})
}
