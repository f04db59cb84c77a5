package bootchain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// IsNT6 reports whether an installation is known to be a Vista or later.
func IsNT6(w *inspect.Installation) bool {
	return w.VersionErr == nil && w.Version.AtLeast(6, 0) && !w.IsReactOS()
}

// CheckSum compares the content of the file with the checksum in its header: the
// loader of Vista and later refuses images for which it is wrong. Zero is none. The
// whole file is read. The error wraps ErrChecksum or ErrFileUnread.
func (f SystemFile) CheckSum(w *inspect.Installation) error {
	return checkSum(w.Volume, f.Path(w))
}

func checkSum(v *inspect.Volume, path string) error {
	f, err := v.FS.Open(path)
	if err != nil {
		return fmt.Errorf("%s %w: %w", path, ErrFileUnread, err)
	}
	image, err := pe.Open(f, f.Info().Size)
	if err != nil {
		return fmt.Errorf("%s %w: %w", path, ErrFileUnread, err)
	}
	switch stored, sum, err := image.Checksum(); {
	case err != nil:
		return fmt.Errorf("%s %w: %w", path, ErrFileUnread, err)
	case stored != 0 && stored != sum:
		return fmt.Errorf("%s %w: %#x is stored, its content gives %#x", path, ErrChecksum, stored, sum)
	}
	return nil
}

const (
	systemFolder  = `system32`
	driversFolder = `system32\drivers`
)

// folder is where a file belongs that kernel or HAL import. From Vista on these are
// drivers, too (clfs.sys, tm.sys), and the loader looks for them in both folders.
func (c *fileCollector) folder(name string) string {
	if !c.vista || source.Ext(name) != ".sys" {
		return systemFolder
	}
	for _, below := range []string{driversFolder, systemFolder} {
		if Exists(c.w.Volume, c.w.Path(below+`\`+name)) {
			return below
		}
	}
	if name == "clfs.sys" && !c.w.Version.AtLeast(6, 2) {
		return systemFolder
	}
	return driversFolder
}

// isFile reports whether an import is a file that the loader loads: not the name of
// an API set, which the schema in apisetschema.dll leads elsewhere or nowhere.
func (c *fileCollector) isFile(name string) bool {
	if !c.vista {
		return source.Ext(name) == ".dll"
	}
	return slices.Contains([]string{".dll", ".sys", ".exe"}, source.Ext(name)) && !isAPISet(name)
}

func isAPISet(name string) bool {
	return strings.HasPrefix(name, "api-ms-") || strings.HasPrefix(name, "ext-ms-")
}
