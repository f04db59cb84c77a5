package builder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/builder/manifest"
)

// kernel is where a kernel and its modules lie.
type kernel struct {
	image   string // bzImage
	trees   []string
	release string // as in /lib/modules/RELEASE
	from    []manifest.Package
}

// debianKernel downloads and unpacks the distribution's kernel.
func debianKernel(c *packageCache) (kernel, error) {
	var all error
	for _, meta := range c.arch.kernelMetaPackages() {
		if _, err := c.find(meta); err != nil {
			all = errors.Join(all, err)
			continue
		}
		packages, err := kernelPackages(c, meta)
		if err != nil {
			return kernel{}, err
		}
		var dirs []string
		for _, pkg := range packages {
			dir, err := c.unpack(pkg)
			if err != nil {
				return kernel{}, err
			}
			dirs = append(dirs, dir)
		}
		k, err := findKernel(dirs)
		for _, dir := range dirs {
			k.from = append(k.from, c.origin(dir))
		}
		return k, err
	}
	return kernel{}, all
}

// kernelPackages follows the dependencies of a kernel metapackage to the
// packages that hold image and modules.
func kernelPackages(c *packageCache, meta string) ([]string, error) {
	var packages []string
	work := []string{meta}
	seen := map[string]bool{}
	for len(work) > 0 {
		pkg := work[0]
		work = work[1:]
		if seen[pkg] {
			continue
		}
		seen[pkg] = true
		if pkg != meta {
			packages = append(packages, pkg)
		}
		p, err := c.find(pkg)
		if err != nil {
			return nil, err
		}
		for _, dep := range p.Depends {
			if strings.HasPrefix(dep, "linux-image-") || strings.HasPrefix(dep, "linux-modules-") {
				work = append(work, dep)
			}
		}
	}
	if len(packages) == 0 {
		return nil, fmt.Errorf("package %s depends on no kernel", meta)
	}
	return packages, nil
}

// findKernel looks for an image and module trees in unpacked packages.
func findKernel(dirs []string) (kernel, error) {
	var k kernel
	for _, dir := range dirs {
		images, _ := filepath.Glob(filepath.Join(dir, "boot", "vmlinuz-*"))
		if len(images) > 0 {
			k.image = images[len(images)-1]
			k.release = strings.TrimPrefix(filepath.Base(k.image), "vmlinuz-")
		}
	}
	if k.image == "" {
		return k, fmt.Errorf("no boot/vmlinuz-* in %s", strings.Join(dirs, ", "))
	}
	for _, dir := range dirs {
		for _, lib := range []string{"lib/modules", "usr/lib/modules"} {
			tree := filepath.Join(dir, lib, k.release)
			if _, err := os.Stat(tree); err == nil {
				k.trees = append(k.trees, tree)
			}
		}
	}
	if len(k.trees) == 0 {
		return k, fmt.Errorf("no modules of %s in %s", k.release, strings.Join(dirs, ", "))
	}
	return k, nil
}

// givenKernel is a kernel that the person names: the image, and its module tree
// /lib/modules/RELEASE, whose last part must be the kernel's release.
func givenKernel(image, modules string) (kernel, error) {
	if image == "" || modules == "" {
		return kernel{}, errors.New("a kernel needs its modules: give both")
	}
	info, err := os.Stat(filepath.Join(modules, "kernel"))
	if err != nil || !info.IsDir() {
		return kernel{}, fmt.Errorf("%s is no module tree: it has no directory kernel", modules)
	}
	abs, err := filepath.Abs(modules)
	if err != nil {
		return kernel{}, err
	}
	k := kernel{image: image, trees: []string{abs}, release: filepath.Base(abs),
		from: []manifest.Package{{Kind: manifest.Given, Name: "kernel", Version: filepath.Base(abs), Licence: "GPL-2.0-only"}}}
	content, err := os.ReadFile(image)
	if err != nil {
		return kernel{}, err
	}
	// The release stands in the image as text (boot protocol, kernel_version).
	if !slices.Contains(strings.FieldsFunc(setupText(content), func(r rune) bool { return r <= ' ' }), k.release) {
		return kernel{}, fmt.Errorf("%s is not a kernel of release %s, which the modules are for", image, k.release)
	}
	return k, nil
}

// setupText returns the version string of a bzImage: the x86 boot protocol's
// kernel_version at 0x20E points to it, minus 0x200.
func setupText(image []byte) string {
	if len(image) < 0x210 || string(image[0x202:0x206]) != "HdrS" {
		return ""
	}
	at := int(image[0x20E]) + int(image[0x20F])<<8 + 0x200
	if at >= len(image) {
		return ""
	}
	text, _, _ := strings.Cut(string(image[at:min(at+256, len(image))]), "\x00")
	return text
}
