package builder

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// FloppyManifestName is the manifest on a floppy, whose names have at most eight and three
// characters; on a set it is on the second, where there is room. It has the same bytes as
// the one beside the image, and is the one file that it does not list.
const FloppyManifestName = "MANIFEST.JSN"

// publishFloppies writes the image of a floppy, or those of a set, and beside it the lists
// of what is on it, which b.made has.
func (b *build) publishFloppies(images [][]byte) error {
	text, err := b.made.JSON(b.Epoch)
	if err != nil {
		return err
	}
	sbom, err := b.made.SPDX(filepath.Base(b.Out), b.Epoch)
	if err != nil {
		return err
	}
	whole := func(content []byte) func(string) error {
		return func(part string) error { return os.WriteFile(part, content, 0o644) }
	}
	write := map[string]func(string) error{}
	base, ext := b.Out, ""
	if len(images) == 1 {
		write[""] = whole(images[0])
	} else {
		ext = filepath.Ext(b.Out)
		base = strings.TrimSuffix(b.Out, ext)
		for i, image := range images {
			write[setEnd(i)+ext] = whole(image)
		}
	}
	write[ext+"."+ManifestName], write[ext+"."+SBOMName] = whole(text), whole(sbom)
	return publishFiles(b.Scratch, base, write)
}

// setEnd is how the name of a set's floppy number i, from 0, ends, without extension.
func setEnd(i int) string { return fmt.Sprintf("-%d", i+1) }
