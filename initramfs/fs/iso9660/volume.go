package iso9660

import (
	"fmt"
	"slices"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// Names says which of the names of a disc are shown.
type Names string

// The kinds of names.
const (
	Primary   Names = "ISO 9660"
	Joliet    Names = "Joliet"
	RockRidge Names = "Rock Ridge"
)

// Volume is a disc. It implements fs.FS.
type Volume struct {
	dev         block.Device
	label       string
	names       Names
	skip        int // Rock Ridge: bytes before the system use entries
	root        part
	rootTime    time.Time
	disc, discs uint16
	udf         bool
}

// Open opens the disc. For one with UDF only the error is a *UDFError, for
// another block size than 2048 a *BlockSizeError.
func Open(dev block.Device) (*Volume, error) {
	f, err := readDescriptors(dev)
	if err != nil {
		return nil, err
	}
	switch {
	case f.udf && !f.iso:
		return nil, &UDFError{}
	case !f.iso:
		return nil, damaged("sector 16", "no volume descriptor")
	case f.primary == nil:
		return nil, damaged("volume descriptors", "no primary volume descriptor")
	}
	primary, err := parseDescriptor(f.primary, "primary volume descriptor", false)
	if err != nil {
		return nil, err
	}
	v := &Volume{dev: dev, names: Primary, udf: f.udf}
	v.use(primary)
	if f.joliet != nil {
		joliet, err := parseDescriptor(f.joliet, "Joliet volume descriptor", true)
		if err != nil {
			return nil, err
		}
		v.names = Joliet
		v.use(joliet)
		return v, nil
	}
	return v, v.findRockRidge()
}

func (v *Volume) use(d descriptor) {
	v.label, v.disc, v.discs = d.label, d.disc, d.discs
	v.root, v.rootTime = d.root.part(), d.root.time
}

// findRockRidge looks into the first record of the root.
func (v *Volume) findRockRidge() error {
	if err := v.checkDirectory(v.root, `\`); err != nil {
		return err
	}
	b := make([]byte, sectorSize)
	if n, err := v.dev.ReadAt(b, v.root.off); n < len(b) {
		return fmt.Errorf("root directory at %#x: %w", v.root.off, noEOF(err))
	}
	r, err := parseRecord(b, fmt.Sprintf("root directory at %#x", v.root.off))
	if err != nil {
		return err
	}
	if skip, ok := suspSkip(r.use); ok {
		v.names, v.skip = RockRidge, skip
	}
	return nil
}

// Kind is fs.ISO9660.
func (v *Volume) Kind() fs.Kind { return fs.ISO9660 }

// Label is the volume identifier.
func (v *Volume) Label() string { return v.label }

// Names tells which names are shown.
func (v *Volume) Names() Names { return v.names }

// Stat describes the file or directory at path.
func (v *Volume) Stat(path string) (fs.Info, error) {
	e, err := v.find(path)
	if err != nil {
		return fs.Info{}, err
	}
	return e.info(), nil
}

// ReadDir lists a directory in its own order.
func (v *Volume) ReadDir(path string) ([]fs.Info, error) {
	e, err := v.find(path)
	if err != nil {
		return nil, err
	}
	dir, err := e.directory(path)
	if err != nil {
		return nil, err
	}
	list := []fs.Info{}
	err = v.walk(dir, path, func(e *entry) error {
		list = append(list, e.info())
		return nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// directory is where the entry lies if it is a directory that can be read.
func (e *entry) directory(path string) (part, error) {
	switch {
	case !e.dir:
		return part{}, fmt.Errorf("%s: %w", path, fs.ErrNotDir)
	case e.refuse != "":
		return part{}, unsupported(path, "%s", e.refuse)
	}
	return e.parts[0], nil
}

// find follows a path. A directory that is its own ancestor is damage.
func (v *Volume) find(path string) (*entry, error) {
	at := &entry{name: `\`, dir: true, time: v.rootTime, parts: []part{v.root}}
	var above []int64
	names := fs.SplitPath(path)
	for i, name := range names {
		here := fs.JoinPath(names[:i]...)
		dir, err := at.directory(here)
		if err != nil {
			return nil, err
		}
		above = append(above, dir.off)
		next, err := v.lookup(dir, here, name)
		if err != nil {
			return nil, err
		}
		if next == nil {
			return nil, v.notExist(path)
		}
		if next.dir && slices.Contains(above, next.parts[0].off) {
			return nil, damaged(path, "the directory at %#x contains itself", next.parts[0].off)
		}
		at = next
	}
	return at, nil
}

// lookup finds a name in a directory, nil when it is not there. With Rock Ridge
// the exact name comes before one in another case. A version number may be
// given.
func (v *Volume) lookup(dir part, path, name string) (*entry, error) {
	var best *entry
	err := v.walk(dir, path, func(e *entry) error {
		if e.name == name || e.stored == name {
			best = e
			return errStop
		}
		if best == nil && (sameName(e.name, name) || sameName(e.stored, name)) {
			best = e
			if v.names != RockRidge {
				return errStop
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return best, nil
}

func (v *Volume) notExist(path string) error {
	if v.udf {
		return fmt.Errorf("%s: %w (the disc holds UDF as well, which bootmend does not read and where more may be)", path, fs.ErrNotExist)
	}
	return fmt.Errorf("%s: %w", path, fs.ErrNotExist)
}
