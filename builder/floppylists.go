package builder

import (
	"path/filepath"
)

// publishFloppy writes the image of a floppy, and beside it the lists of what is on it,
// which b.made has. There is no room for them on it.
func (b *build) publishFloppy(image []byte) error {
	text, err := b.made.JSON(b.Epoch)
	if err != nil {
		return err
	}
	sbom, err := b.made.SPDX(filepath.Base(b.Out), b.Epoch)
	if err != nil {
		return err
	}
	whole := func(content []byte) func(string) error {
		return func(part string) error { return writeWhole(part, content) }
	}
	return publishFiles(b.Out, map[string]func(string) error{"": whole(image), "." + ManifestName: whole(text), "." + SBOMName: whole(sbom)})
}
