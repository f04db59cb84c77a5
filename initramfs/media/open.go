package media

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/block"
)

// ErrUnknown: the file is nothing that drivers can be read from.
var ErrUnknown = errors.New("drivers are read from a folder, an ISO, floppy or disk image, a cabinet, a self-extracting program with cabinets, an INF file or a .sys file")

// Open makes a Tree of what a person named. Errors wrap ErrUnknown, those of
// package source (ErrDelta, ErrOtherArchive, ...), those of the file systems, or
// *block.FormatError for disk images that are not raw.
func Open(path string) (source.Tree, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	switch {
	case info.IsDir():
		return Folder(path), nil
	case info.Mode()&os.ModeDevice != 0:
		return openImage(path)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: neither a folder nor a file", path)
	case info.Size() == 0:
		return nil, fmt.Errorf("%s: the file is empty", path)
	}
	return openRegular(path)
}

// archives are what people name and what is not read. A zip or 7z would need a
// reader each, for what they can unpack with a click.
func archive(head []byte) string {
	for magic, kind := range map[string]string{"PK\x03\x04": "zip", "7z\xbc\xaf\x27\x1c": "7-Zip", "Rar!\x1a\x07": "RAR", "\x1f\x8b\x08": "gzip", "\xfd7zXZ\x00": "xz",
		"BZh": "bzip2", "\x28\xb5\x2f\xfd": "zstd", "MSWIM\x00\x00\x00": "WIM", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "MSI"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return kind
		}
	}
	return ""
}

func openRegular(path string) (source.Tree, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	head := make([]byte, 16)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	head = head[:n]
	dir, name := Folder(filepath.Dir(path)), filepath.Base(path)
	if kind := archive(head); kind != "" {
		return nil, fmt.Errorf("%s is a %s archive: %w", path, kind, source.ErrOtherArchive)
	}
	switch {
	case bytes.HasPrefix(head, []byte("MSCF")) && strings.HasSuffix(name, "_"):
		return alone{dir, path, name}, nil // a file that is compressed alone
	case bytes.HasPrefix(head, []byte("MSCF")):
		return source.Cabinet(path, f, func(part string) (source.File, error) { return dir.Open(part) })
	case bytes.HasPrefix(head, []byte("MZ")):
		return openProgram(path, f, alone{dir, path, name})
	case bytes.HasPrefix(head, []byte("SZDD")), bytes.HasPrefix(head, []byte("KWAJ")):
		return alone{dir, path, name}, nil
	case isSetupText(name):
		return oneSetup{dir, path, name}, nil
	}
	return openImage(path)
}

// openProgram: what runs in the kernel is a driver and is taken as it is, other
// programs unpack themselves.
func openProgram(path string, f source.File, itself source.Tree) (source.Tree, error) {
	image, err := pe.Open(f, f.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if image.Subsystem() == pe.Native {
		return itself, nil
	}
	return source.Program(path, f)
}

func isSetupText(name string) bool {
	return source.Ext(name) == ".inf" || strings.EqualFold(name, "txtsetup.oem")
}

// alone is a Tree of one file of a folder.
type alone struct {
	source.Tree
	path, file string
}

// Name implements source.Tree.
func (a alone) Name() string { return a.path }

// Open implements source.Tree.
func (a alone) Open(path string) (source.File, error) {
	if source.Join(path) != source.Join(a.file) && !strings.EqualFold(source.Join(path), source.Join(a.file)) {
		return nil, fmt.Errorf("%s: %s: %w", a.path, path, os.ErrNotExist)
	}
	return a.Tree.Open(path)
}

// ReadDir implements source.Tree.
func (a alone) ReadDir(path string) ([]source.Info, error) {
	f, err := a.Tree.Open(a.file)
	if len(names(path)) > 0 || err != nil {
		return nil, fmt.Errorf("%s: %s: %w", a.path, path, os.ErrNotExist)
	}
	return []source.Info{{Name: a.file, Size: f.Size()}}, nil
}

// oneSetup is a Tree of the folder of an INF file that was named, without the
// other INF files in it.
type oneSetup struct {
	source.Tree
	path, file string
}

// Name implements source.Tree.
func (o oneSetup) Name() string { return o.path }

// ReadDir implements source.Tree.
func (o oneSetup) ReadDir(path string) ([]source.Info, error) {
	list, err := o.Tree.ReadDir(path)
	if err != nil {
		return nil, err
	}
	top := len(names(path)) == 0
	var all []source.Info
	for _, e := range list {
		if !isSetupText(e.Name) || top && e.Name == o.file {
			all = append(all, e)
		}
	}
	return all, nil
}

// openImage makes a Tree of a disk, or of an image of a CD, a floppy or a disk.
func openImage(path string) (source.Tree, error) {
	dev, err := block.OpenReadOnly(path)
	if err != nil {
		return nil, err
	}
	return Disk(path, dev)
}
