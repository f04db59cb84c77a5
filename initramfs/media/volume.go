package media

import (
	"errors"
	"fmt"
	iofs "io/fs"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// volume is a Tree of a file system.
type volume struct {
	name string
	fs   fs.FS
}

// Volume makes a Tree of a file system of ours. Folders that are links, such as
// junctions, are left out: they would lead in circles.
func Volume(name string, v fs.FS) source.Tree { return volume{name, v} }

// Name implements source.Tree.
func (v volume) Name() string { return v.name }

// Open implements source.Tree.
func (v volume) Open(path string) (source.File, error) {
	f, err := v.fs.Open(path)
	if err != nil {
		return nil, translate(err)
	}
	return file{f}, nil
}

// ReadDir implements source.Tree.
func (v volume) ReadDir(path string) ([]source.Info, error) {
	list, err := v.fs.ReadDir(path)
	if err != nil {
		return nil, translate(err)
	}
	all := make([]source.Info, 0, len(list))
	for _, e := range list {
		if e.IsDir() && e.Attributes&fs.AttrReparse != 0 {
			continue
		}
		i := source.Info{Name: e.Name, Dir: e.IsDir()}
		if !i.Dir {
			i.Size = e.Size
		}
		all = append(all, i)
	}
	return all, nil
}

// translate: a Tree says what is not there by the error of the standard library.
// A file where a folder is wanted is no folder, so what is asked for below is not
// there either.
func translate(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrNotDir) {
		return fmt.Errorf("%w (%w)", err, iofs.ErrNotExist)
	}
	return err
}

// file is an open file of a volume.
type file struct{ fs.File }

// Size implements source.File.
func (f file) Size() int64 { return f.Info().Size }
