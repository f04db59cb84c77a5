package builder

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/bootmend/bootmend/builder/iso"
	"github.com/bootmend/bootmend/builder/manifest"
	"github.com/bootmend/bootmend/builder/modules"
	"github.com/bootmend/bootmend/builder/ramfs"
	"github.com/bootmend/bootmend/builder/zstd"
)

// build is the making of one medium.
type build struct {
	Options
	caches map[Arch]*packageCache
	made   *manifest.Manifest
	sizes  Sizes
}

func newBuild(o Options) *build {
	return &build{Options: o, caches: map[Arch]*packageCache{}, made: &manifest.Manifest{}}
}

// packages are Debian's for an architecture.
func (b *build) packages(arch Arch) *packageCache {
	if b.caches[arch] == nil {
		b.caches[arch] = newPackageCache(b.Options, arch)
	}
	return b.caches[arch]
}

// own is what this project makes by itself.
func own() manifest.Package {
	return manifest.Package{Kind: manifest.Own, Name: "bootmend", URL: "https://github.com/bootmend/bootmend", Licence: "Apache-2.0"}
}

// addSystems adds kernels, initramfs and the boot loaders' configuration.
func (b *build) addSystems(m *iso.Medium) error {
	var systems []iso.System
	for i, arch := range b.Arch.systems() {
		s, err := b.system(arch, iso.SystemNames(i))
		if err != nil {
			return fmt.Errorf("%s: %w", arch, err)
		}
		systems = append(systems, s)
	}
	for name, content := range iso.BootFiles(systems, b.Append) {
		m.Files[name] = content
	}
	m.Epoch = b.Epoch
	return nil
}

func (b *build) system(arch Arch, s iso.System) (iso.System, error) {
	k, err := b.kernel(arch)
	if err != nil {
		return s, err
	}
	if s.Kernel, err = os.ReadFile(k.image); err != nil {
		return s, err
	}
	b.made.Add(s.KernelName, s.Kernel, k.from...)
	set, err := b.chooseModules(arch, k)
	if err != nil {
		return s, fmt.Errorf("kernel %s: %w", k.release, err)
	}
	b.Logf("kernel %s: %d modules", k.release, len(set.Files))
	entries, err := b.rootFiles(arch, k, set, s.InitrdName)
	if err != nil {
		return s, err
	}
	s.Initrd, err = b.pack(entries)
	b.sizes.Kernel += int64(len(s.Kernel))
	b.sizes.Initramfs += int64(len(s.Initrd))
	b.sizes.Modules += len(set.Files)
	b.sizes.ModuleBytes += set.Size()
	return s, err
}

func (b *build) kernel(arch Arch) (kernel, error) {
	if b.Kernel != "" || b.Modules != "" {
		return givenKernel(b.Kernel, b.Modules)
	}
	return debianKernel(b.packages(arch))
}

func (b *build) encoder() zstd.Encoder { return zstd.Encoder{Dir: filepath.Join(b.Cache, "zstd")} }

// rootFiles returns the files of the initramfs and notes them in the manifest.
func (b *build) rootFiles(arch Arch, k kernel, set *modules.Set, archive string) ([]ramfs.Entry, error) {
	b.Logf("compiling the commands for %s", arch)
	binary, names, err := b.commands(arch)
	if err != nil {
		return nil, err
	}
	b.sizes.Commands += int64(len(binary))
	more, from, err := foreignFiles(b.packages(arch), b.leavesOut)
	if err != nil {
		return nil, fmt.Errorf("programs of the distribution: %w", err)
	}
	b.Logf("packing the modules")
	packed, err := set.Bundled(func(p []byte) ([]byte, error) { return b.encoder().Compress(p, bundleWindow) })
	if err != nil {
		return nil, err
	}
	entries := rootEntries(binary, names, packed, more, k.release)
	goPackages, err := b.goPackages(arch, nil, b.commandPackages()...)
	if err != nil {
		return nil, err
	}
	inTree := archive + ":lib/modules/" + k.release + "/"
	for _, e := range entries {
		if e.Kind != ramfs.File {
			continue
		}
		origin := []manifest.Package{own()}
		if p, ok := from[e.Name]; ok {
			origin = []manifest.Package{p}
		} else if e.Name == busyboxName {
			origin = append(origin, goPackages...)
		} else if in := "lib/modules/" + k.release + "/bundles/"; len(e.Name) > len(in) && e.Name[:len(in)] == in {
			origin = k.from
		}
		b.made.Add(archive+":"+e.Name, e.Content, origin...)
	}
	for name, content := range set.Files {
		b.made.Add(inTree+name, content, k.from...)
	}
	return entries, nil
}
