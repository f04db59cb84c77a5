package builder

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/bootmend/bootmend/builder/apt"
	"github.com/bootmend/bootmend/builder/deb"
)

// packageCache downloads Debian packages and keeps their files.
type packageCache struct {
	dir  string
	logf func(format string, args ...any)
}

// unpack returns the directory with the files of the package's current version.
func (c packageCache) unpack(pkg string) (dir string, err error) {
	file, err := apt.Download(pkg, filepath.Join(c.dir, "deb"))
	if err != nil {
		return "", err
	}
	dir = filepath.Join(c.dir, "unpacked", strings.TrimSuffix(filepath.Base(file), ".deb"))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	c.logf("unpacking %s", filepath.Base(file))
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err
	}
	// Renamed when complete: a half-unpacked package must not be used.
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "tmp-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	if err := unpackFile(file, tmp); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return "", err
	}
	return dir, os.Rename(tmp, dir)
}

func unpackFile(file, dir string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	return deb.Walk(f, func(name string, content io.Reader) error {
		if !filepath.IsLocal(name) {
			return fmt.Errorf("path %q leads out of the package", name)
		}
		target := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		out, err := os.Create(target)
		if err != nil {
			return err
		}
		if _, err := io.Copy(out, content); err != nil {
			out.Close()
			return err
		}
		return out.Close()
	})
}

// source names a file of a boot loader: the packages that may hold it, and its
// possible paths there. Debian and Ubuntu differ.
type source struct {
	packages, paths []string
}

func bootLoaders() map[string]source {
	grub := []string{"usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed"}
	return map[string]source{
		"shim": {[]string{"shim-signed"}, []string{"usr/lib/shim/shimx64.efi.signed",
			"usr/lib/shim/shimx64.efi.signed.latest", "usr/lib/shim/shimx64.efi.dualsigned"}},
		"mokmanager": {[]string{"shim-helpers-amd64-signed", "shim-signed"},
			[]string{"usr/lib/shim/mmx64.efi.signed", "usr/lib/shim/mmx64.efi"}},
		"grub":         {[]string{"grub-efi-amd64-signed"}, grub},
		"isolinux.bin": {[]string{"isolinux"}, []string{"usr/lib/ISOLINUX/isolinux.bin"}},
		"ldlinux.c32":  {[]string{"syslinux-common"}, []string{"usr/lib/syslinux/modules/bios/ldlinux.c32"}},
		"isohdpfx.bin": {[]string{"isolinux"}, []string{"usr/lib/ISOLINUX/isohdpfx.bin"}},
	}
}

// read returns the first of the source's files that exists.
func (c packageCache) read(s source) ([]byte, error) {
	_, file, err := c.find(s)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

// find returns the first of the source's files that exists, and the directory of
// its unpacked package.
func (c packageCache) find(s source) (dir, file string, err error) {
	var all error
	for _, pkg := range s.packages {
		dir, err := c.unpack(pkg)
		if err != nil {
			all = errors.Join(all, err)
			continue
		}
		for _, p := range s.paths {
			file := filepath.Join(dir, p)
			if _, err = os.Stat(file); err == nil {
				return dir, file, nil
			}
			all = errors.Join(all, err)
		}
	}
	return "", "", all
}
