package builder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/bootmend/bootmend/builder/apt"
	ownkernel "github.com/bootmend/bootmend/builder/kernel"
	"github.com/bootmend/bootmend/builder/manifest"
)

// kernelOptions are those of a kernel of ours, and the package with its sources.
func (b *build) kernelOptions(arch Arch, v ownkernel.Variant) (ownkernel.Options, apt.Package, error) {
	cache := b.packages(AMD64) // sources are the same for all
	meta, err := cache.find("linux-source")
	if err != nil {
		return ownkernel.Options{}, meta, err
	}
	name := ""
	for _, d := range meta.Depends {
		if strings.HasPrefix(d, "linux-source-") {
			name = d
		}
	}
	if name == "" {
		return ownkernel.Options{}, meta, fmt.Errorf("package linux-source depends on no linux-source-VERSION: %v", meta.Depends)
	}
	p, err := cache.find(name)
	return ownkernel.Options{Dir: filepath.Join(b.Cache, "kernel"), Scratch: b.Scratch, Package: p.File(),
		Fetch: func() (string, error) { return cache.fetch(p) }, Arch: arch.goarch(), Variant: v, Logf: b.Logf, Progress: b.Progress}, p, err
}

// ownKernel builds a kernel of ours from the distribution's sources. It is from two packages:
// those, and the configuration, whose version is its hash.
func (b *build) ownKernel(arch Arch, v ownkernel.Variant) (image []byte, release string, from []manifest.Package, err error) {
	o, p, err := b.kernelOptions(arch, v)
	if err != nil {
		return nil, "", from, err
	}
	path, err := ownkernel.Build(o)
	if errors.Is(err, ownkernel.ErrTools) {
		err = errors.Join(err, thisHost().lacks(ownkernel.Missing(o.Arch)...))
	}
	if err != nil {
		return nil, "", from, err
	}
	if release, err = kernelRelease(path); err != nil {
		return nil, "", from, err
	}
	name, sum, err := ownkernel.Configuration(arch.goarch(), v)
	if err != nil {
		return nil, "", from, err
	}
	image, err = os.ReadFile(path)
	return image, release, []manifest.Package{
		{Kind: manifest.Debian, Name: p.Name, Version: p.Version, Arch: p.Architecture, Source: p.Source, URL: p.URL, SHA256: p.SHA256, Licence: "GPL-2.0-only"},
		{Kind: manifest.Own, Name: name, Version: "config-" + sum[:16], URL: own().URL, Licence: own().Licence},
	}, err
}
