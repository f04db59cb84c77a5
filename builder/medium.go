package builder

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/bootmend/bootmend/builder/iso"
	"github.com/bootmend/bootmend/builder/manifest"
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
	if err := os.MkdirAll(o.tempDir(), 0o755); err != nil {
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
	if err := o.preflight(); err != nil {
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

// fromImage reads an image that was made before.
func (b *build) fromImage() (*iso.Medium, error) {
	m, err := iso.Read(b.From)
	if err != nil {
		return nil, err
	}
	b.made, err = manifest.Parse(m.Files[iso.ManifestFile])
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", b.From, iso.ManifestFile, err)
	}
	m.SetAppend(b.Append)
	b.Epoch = m.Epoch
	return m, nil
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
	text, err := b.made.JSON(b.Epoch)
	m.Files[iso.ManifestFile] = text
	return err
}

// writeLists writes manifest and SBOM beside an image.
func (b *build) writeLists(out string, m *iso.Medium) error {
	sbom, err := b.made.SPDX(filepath.Base(out), b.Epoch)
	if err != nil {
		return err
	}
	if err := writeWhole(out+"."+ManifestName, m.Files[iso.ManifestFile]); err != nil {
		return err
	}
	return writeWhole(out+"."+SBOMName, sbom)
}

// ISO builds a hybrid ISO image, and beside it its manifest and SBOM.
func ISO(o Options) (Sizes, error) {
	return o.image(o.Out)
}

// image builds a hybrid image at o.Out with lists that are named after name.
func (o Options) image(name string) (Sizes, error) {
	defer o.done()
	b, m, err := o.assemble()
	if err != nil {
		return Sizes{}, err
	}
	if err := os.MkdirAll(filepath.Dir(o.Out), 0o755); err != nil {
		return Sizes{}, err
	}
	b.Logf("writing %s", o.Out)
	if err := iso.Write(o.Out, *m, b.tempDir()); err != nil {
		return Sizes{}, err
	}
	if err := b.writeLists(name, m); err != nil {
		return Sizes{}, err
	}
	info, err := os.Stat(o.Out)
	if err != nil {
		return Sizes{}, err
	}
	b.sizes.Image = info.Size()
	return b.sizes, nil
}

// done says that the last step is.
func (o *Options) done() {
	if o.Done != nil {
		o.Done()
	}
}
