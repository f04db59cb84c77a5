package builder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/bootmend/bootmend/builder/floppyboot"
	"github.com/bootmend/bootmend/initramfs/media"
)

// Product is what a command makes, which decides what is written beside Out.
type Product int

// The products: an image with its lists, the two floppies of a set with theirs, a floppy
// of drivers, which has none, and a netboot directory, which has them in it.
const (
	ImageWithLists Product = iota
	ImageSet
	ImageAlone
	NetbootDir
)

// derived are the names that are written besides out, or in a set in its stead.
func (p Product) derived(out string) []string {
	lists := []string{out + "." + ManifestName, out + "." + SBOMName}
	switch p {
	case ImageWithLists:
		return lists
	case ImageSet:
		images := FloppySetNames(out)
		return append(images[:], lists...)
	}
	return nil
}

// CheckOutput refuses what would take the place of something that is no older product of
// its kind, and a folder that nobody can write to, before minutes are spent on it. A
// finished product is renamed to its place, so a device would lose its node and take
// nothing, and a link would be replaced.
func CheckOutput(p Product, out string) error {
	name := filepath.Clean(out) // what a link with a slash behind it leads to is not what is renamed
	if p != NetbootDir && strings.HasSuffix(out, string(filepath.Separator)) {
		return fmt.Errorf("%s names a folder: name a file in it", out)
	}
	info, err := os.Lstat(name)
	switch {
	case err != nil && filepath.Dir(fromRoot(name)) == "/dev":
		return fmt.Errorf("%s is not there; where devices are no image is written", name)
	case err != nil: // not there: as it should be
	case info.Mode()&(fs.ModeDevice|fs.ModeNamedPipe|fs.ModeSocket) != 0:
		return fmt.Errorf("%s is no file: write the image to a file first, then copy it there (dd if=FILE of=%s bs=4M conv=fsync)", name, name)
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%s is a symbolic link, which would be replaced: name the file", name)
	case p != NetbootDir && info.IsDir():
		return fmt.Errorf("%s is a folder: name a file in it", name)
	case p == NetbootDir && !info.IsDir():
		return fmt.Errorf("%s is a file: netboot is a folder", name)
	}
	if err := p.checkDerived(name); err != nil {
		return err
	}
	if p == NetbootDir { // whose files are put into it
		return writable(fromRoot(name))
	}
	return writable(filepath.Dir(fromRoot(name)))
}

// checkDerived looks at the places that nobody named.
func (p Product) checkDerived(out string) error {
	for i, name := range p.derived(out) {
		if err := replaceable(name); err != nil {
			return err
		}
		if _, err := os.Lstat(name); err != nil {
			continue // nothing is replaced
		}
		ours, what := isList(name), "a list of mkrescue"
		if p == ImageSet && i < 2 {
			ours, what = isSetFloppy(name), "a floppy of an older set"
		}
		if !ours {
			return fmt.Errorf("%s would be written, and the file that is there is not %s: move it, or name another output (-o)", name, what)
		}
	}
	return nil
}

// isSetFloppy says whether a file has the size and the label of a set's floppies; the
// likeliest other image of that size is one of drivers, with another label.
func isSetFloppy(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	label := make([]byte, 11)
	info, err := f.Stat()
	if _, err2 := f.ReadAt(label, floppyboot.LabelAt); errors.Join(err, err2) != nil {
		return false
	}
	return info.Size() == floppyboot.Size1440 && strings.TrimRight(string(label), " ") == media.Label
}

// isList says whether a file is a manifest or an SBOM, of any version.
func isList(name string) bool {
	text, err := os.ReadFile(name)
	var keys map[string]json.RawMessage
	return err == nil && json.Unmarshal(text, &keys) == nil && (keys["files"] != nil || keys["spdxVersion"] != nil)
}

// replaceable refuses a place that something else than a file has.
func replaceable(name string) error {
	info, err := os.Lstat(name)
	if err != nil || info.Mode().IsRegular() {
		return nil // what else is wrong with the place is told by who writes there
	}
	return fmt.Errorf("%s would be written, and is no file but %s: move it, or name another output (-o)", name, kindOf(info.Mode()))
}

// kindOf names what is no regular file.
func kindOf(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a folder"
	case m&fs.ModeSymlink != 0:
		return "a symbolic link"
	}
	return "a device or pipe"
}

// fromRoot is the path from the root: the folder that "." is in is none of its own.
func fromRoot(name string) string {
	if abs, err := filepath.Abs(name); err == nil {
		return abs
	}
	return filepath.Clean(name)
}

// writable proves that something can be written to the folder, or where it will be made.
func writable(dir string) error {
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	probe, err := os.CreateTemp(dir, "mkrescue-")
	if err != nil {
		return fmt.Errorf("--output: %w", err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}
