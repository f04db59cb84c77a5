package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bootmend/bootmend/drivers/cab"
	"github.com/bootmend/bootmend/drivers/szdd"
)

// PackedName is the name that a file has when it is compressed alone: atapi.sys
// is atapi.sy_, a name without extension gets "._". Set-up media of Windows have
// it so (expand.exe /r puts the letter back).
func PackedName(name string) string {
	i := strings.LastIndexByte(name, '.')
	switch {
	case i < 0:
		return name + "._"
	case len(name)-i > 3:
		return name[:len(name)-1] + "_"
	}
	return name + "_"
}

// isPacked: the name is that of a file that is compressed alone.
func isPacked(name string) bool { return strings.HasSuffix(name, "_") }

// Unpack gives the plain content of a file that is compressed alone, by SZDD
// (NT 4) or as a cabinet with one file (Windows 2000 and later), and the name that
// goes with it. plain is true when the file is not compressed at all. name is that
// of the packed file.
func Unpack(name string, f File) (content File, unpacked string, plain bool, err error) {
	var head [8]byte
	n, err := f.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return nil, "", false, err
	}
	if bytes.HasPrefix(head[:n], []byte("MSCF")) {
		content, unpacked, err = unpackCabinet(name, f)
		return content, unpacked, false, err
	}
	r, err := szdd.Open(io.NewSectionReader(f, 0, f.Size()))
	if errors.Is(err, szdd.ErrNotPacked) {
		return f, name, true, nil
	}
	if err != nil {
		return nil, "", false, fmt.Errorf("%s: %w", name, err)
	}
	b, err := io.ReadAll(io.LimitReader(r, MaxUnpacked+1))
	if err != nil {
		return nil, "", false, fmt.Errorf("%s: %w", name, err)
	}
	if len(b) > MaxUnpacked {
		return nil, "", false, fmt.Errorf("%s: %w", name, ErrTooLarge)
	}
	return memory{b}, r.Name(name), false, nil
}

func unpackCabinet(name string, f File) (File, string, error) {
	c, err := cab.Open(f, f.Size(), cab.Options{})
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", name, err)
	}
	if len(c.Files) != 1 {
		return nil, "", fmt.Errorf("%s: a cabinet with %d files, want one", name, len(c.Files))
	}
	t := newCabinet(name, c)
	content, err := t.Open(c.Files[0].Name)
	return content, c.Files[0].Base(), err
}

// openNamed opens name in dir, or the compressed file that stands for it. where
// is the path that was opened, with " -> name" for a compressed one.
func openNamed(t Tree, dir, name string) (f File, where string, err error) {
	path := Join(dir, name)
	if f, err = t.Open(path); err == nil || !absent(err) {
		return f, path, err
	}
	packed := Join(dir, PackedName(name))
	p, perr := t.Open(packed)
	if perr != nil {
		if absent(perr) {
			return nil, path, err
		}
		return nil, packed, perr
	}
	f, _, _, err = Unpack(Base(packed), p)
	return f, packed + " -> " + name, err
}
