package inject

import (
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/bootchain"
)

// bringImports adds to the driver of a package what its files import and this
// Windows has only among its sources: Server 2003 leaves storport.sys in the
// driver cabinet until a device needs it. What is nowhere is for Check to say.
func (in *inbox) bringImports(d *Driver) error {
	var paths []string
	for _, f := range d.Files {
		if !strings.EqualFold(extension(f.Path), "sys") {
			continue
		}
		image, err := pe.Open(f.Content.R, f.Content.Size)
		if err != nil {
			continue // Check refuses it
		}
		missing, err := bootchain.MissingImports(in.w, image)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
		for _, name := range missing {
			if strings.EqualFold(extension(name), "sys") && !brings(d, name) {
				paths = append(paths, `system32\drivers\`+name)
			}
		}
	}
	more, err := in.fetch(paths)
	if asRefusal(err) != nil {
		return nil
	}
	d.Files = append(d.Files, more...)
	return err
}
