package builder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bootmend/bootmend/builder/drivers"
	"github.com/bootmend/bootmend/builder/fatimage"
	"github.com/bootmend/bootmend/builder/scratch"
	bootfs "github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
)

// FloppyOptions say what goes onto a driver floppy.
type FloppyOptions struct {
	Out   string   // file to write
	Size  int64    // fatimage.Floppy1440 or Floppy2880
	Paths []string // what packages are taken from, or files that are put there as they are
	Epoch time.Time
	// Scratch knows what to remove when it is broken off; it may be nil.
	Scratch *scratch.Space
}

// FloppyContent is what went onto a floppy.
type FloppyContent struct {
	Packages *drivers.Set // nil: there are none
	Files    []string     // what was put there as it is, by path
	Bytes    int64        // of all files
}

// ErrFloppyFull says that the files need more than the floppy has.
var ErrFloppyFull = errors.New("the files do not fit onto the floppy")

// DriverFloppy makes a floppy image that the rescue finds drivers on when it is
// attached. Of a path that holds driver packages these are taken; any other path
// (a single scsiport.sys, an update's EXE) is put there as it is.
func DriverFloppy(o FloppyOptions) (*FloppyContent, error) {
	if err := errors.Join(CheckOutput(ImageAlone, o.Out), keepInputs(o.Out, o.Paths)); err != nil {
		return nil, err
	}
	if err := checkEpoch(o.Epoch); err != nil {
		return nil, err
	}
	files, content := map[string][]byte{}, &FloppyContent{}
	var packages []string
	for _, path := range o.Paths {
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
		_, err := drivers.Collect([]string{path})
		switch {
		case err == nil:
			packages = append(packages, path)
		case !errors.Is(err, drivers.ErrNoPackage) && !isFile(path):
			return nil, err // of a file it says that it is no container, or no image
		default:
			if err := content.addPlain(files, path, o.Size); err != nil {
				return nil, err
			}
		}
	}
	if len(packages) > 0 {
		set, err := drivers.Collect(packages)
		if err != nil {
			return nil, err
		}
		content.Packages = set
		for name, b := range set.Files {
			files["/"+name] = b
		}
	}
	for _, b := range files {
		content.Bytes += int64(len(b))
	}
	if len(files) == 0 {
		return nil, errors.New("no file to put onto the floppy")
	}
	i := fatimage.Image{Size: o.Size, Kind: bootfs.FAT12, Label: driverLabel, Files: files, Epoch: o.Epoch}
	image, err := i.Bytes()
	if errors.Is(err, fat.ErrDirectoryFull) {
		return nil, fmt.Errorf("%w: its root directory is full, which does not grow, and in which a long name takes several entries: put the files into a folder, and name the folder that it is in (%w)", ErrFloppyFull, err)
	}
	if errors.Is(err, bootfs.ErrNoSpace) {
		return nil, fmt.Errorf("%w: they have %d bytes, the largest are\n%s", ErrFloppyFull, content.Bytes, largest(files))
	}
	if err != nil {
		return nil, err
	}
	return content, publishFiles(o.Scratch, o.Out, map[string]func(string) error{"": func(part string) error { return os.WriteFile(part, image, 0o644) }})
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

const driverLabel = "DRIVERS"

// addPlain adds a file, or the files of a folder, to the root directory. A link that a
// person named is followed; one in a folder may lead to anything.
func (c *FloppyContent) addPlain(files map[string][]byte, path string, most int64) error {
	base, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	return filepath.WalkDir(base, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		switch {
		case e.Type()&fs.ModeSymlink != 0:
			return fmt.Errorf("%s is a symbolic link: in a folder they are not followed; put what it leads to in its place, or name that, too", name)
		case !e.Type().IsRegular():
			return fmt.Errorf("%s is no regular file", name)
		}
		target := filepath.Base(path) // the name that the person knows
		if name != base {
			if target, err = filepath.Rel(base, name); err != nil {
				return err
			}
		}
		target = "/" + filepath.ToSlash(target)
		if info, err := e.Info(); err != nil || info.Size() > most {
			return errors.Join(err, fmt.Errorf("%w: %s alone has more than %d bytes", ErrFloppyFull, name, most))
		}
		for old := range files {
			if strings.EqualFold(old, target) {
				return fmt.Errorf("two files would be %s on the floppy: %s is the second", target, name)
			}
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		files[target] = b
		c.Files = append(c.Files, name)
		return nil
	})
}

// largest lists the five largest files, for people who have to leave something out.
func largest(files map[string][]byte) string {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if d := len(files[b]) - len(files[a]); d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	var lines []string
	for _, name := range names[:min(5, len(names))] {
		lines = append(lines, fmt.Sprintf("  %9d  %s", len(files[name]), strings.TrimPrefix(name, "/")))
	}
	return strings.Join(lines, "\n")
}
