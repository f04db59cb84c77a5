package builder

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/bootmend/bootmend/builder/iso"
)

// Names of the lists of a medium: beside an image they follow its name, in a directory
// they are files of it. The first is on the medium, too.
const (
	ManifestName = "manifest.json"
	SBOMName     = "spdx.json"
)

// assemble checks the options and returns what goes onto a medium of any kind.
func (o *Options) assemble() (*build, *iso.Medium, error) {
	if err := o.check(); err != nil {
		return nil, nil, err
	}
	if err := o.begin(); err != nil {
		return nil, nil, err
	}
	// First, because it is what can be wrong with the call.
	packages, err := o.collectDrivers()
	if err != nil {
		return nil, nil, err
	}
	additions, err := o.readAdditions()
	if err != nil {
		return nil, nil, err
	}
	if err := o.preflight("go", "zstd"); err != nil {
		return nil, nil, err
	}
	b := newBuild(*o)
	m, err := b.basis()
	if err != nil {
		return nil, nil, err
	}
	if err := b.addAdditions(m, additions); err != nil {
		return nil, nil, err
	}
	b.sizes.Drivers = packages
	if err := b.addDrivers(m, packages); err != nil {
		return nil, nil, err
	}
	return b, m, b.addManifest(m)
}

// basis is the medium without what a person adds.
func (b *build) basis() (*iso.Medium, error) {
	if b.From != "" {
		return b.fromImage()
	}
	m := &iso.Medium{Files: map[string][]byte{}, ESP: map[string][]byte{}}
	if err := b.addLoaders(m); err != nil {
		return nil, err
	}
	return m, b.addSystems(m)
}

// addManifest puts the list of all files onto the medium. Kernel and initramfs with
// what they consist of are in it already, as are boot loaders and drivers; what is not
// was written by the builder itself.
func (b *build) addManifest(m *iso.Medium) error {
	delete(m.Files, iso.ManifestFile)
	known := map[string]bool{}
	for _, f := range b.made.Files() {
		known[f.Path] = true
	}
	for path, content := range m.Files {
		if !known[path] || strings.HasSuffix(path, ".cfg") || strings.HasPrefix(path, "boot/initrd") {
			b.made.Add(path, content, own())
		}
	}
	if err := m.MakeESP(); err != nil {
		return err
	}
	b.made.Add(iso.ESPFile, m.ESPImage, own()) // its files' origins are listed with them
	text, err := b.made.JSON(b.Epoch)
	m.Files[iso.ManifestFile] = text
	return err
}

// ISO builds a hybrid ISO image, and beside it its manifest and SBOM.
func ISO(o Options) (Sizes, error) {
	defer o.done()
	b, m, err := o.assemble()
	if err != nil {
		return Sizes{}, err
	}
	return b.publish(m, func(string) error { return nil })
}

// publish writes the hybrid image, lets more be done to it, and gives it and its lists
// their names when all of them are there whole: after an error what was there before
// stays, the image with the lists that belong to it.
func (b *build) publish(m *iso.Medium, more func(image string) error) (Sizes, error) {
	sbom, err := b.made.SPDX(filepath.Base(b.Out), b.Epoch)
	if err != nil {
		return Sizes{}, err
	}
	b.Logf("writing %s", b.Out)
	err = publishFiles(b.Scratch, b.Out, map[string]func(part string) error{
		"": func(part string) error {
			if err := iso.Write(part, *m, b.work); err != nil {
				return err
			}
			if err := more(part); err != nil {
				return err
			}
			info, err := os.Stat(part)
			if err == nil {
				b.sizes.Image = info.Size()
			}
			return err
		},
		"." + ManifestName: func(part string) error { return os.WriteFile(part, m.Files[iso.ManifestFile], 0o644) },
		"." + SBOMName:     func(part string) error { return os.WriteFile(part, sbom, 0o644) },
	})
	if err != nil {
		return Sizes{}, err
	}
	return b.sizes, nil
}

// begin makes the folder for this build's temporary files.
func (o *Options) begin() (err error) {
	dir := filepath.Join(o.Cache, "tmp")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	o.work, err = o.Scratch.Dir(dir, "build-")
	return err
}

// done says that the last step is, and removes what begin made.
func (o *Options) done() {
	o.Scratch.Remove(o.work)
	if o.Done != nil {
		o.Done()
	}
}
