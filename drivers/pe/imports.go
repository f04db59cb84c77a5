package pe

import (
	"bytes"
	"fmt"
)

const (
	maxImports = 1024 // files; real images have dozens
	maxName    = 260
)

// Import is a file that an image needs.
type Import struct {
	Name string // as written, e.g. "storport.sys"
	// Delayed: it is loaded when it is first called.
	Delayed bool
}

// Imports lists the files that the image imports from, in the order of its
// tables. An error wraps ErrDamaged.
func (f *File) Imports() ([]Import, error) {
	var all []Import
	err := f.descriptors("import directory", f.imports, 20, func(b []byte) error {
		return f.add(&all, le.Uint32(b[12:]), false)
	})
	if err != nil {
		return nil, err
	}
	err = f.descriptors("delay import directory", f.delayImport, 32, func(b []byte) error {
		name := le.Uint32(b[4:])
		// Without the flag there are addresses of the image as linked: what
		// compilers up to Visual C++ 6 made, for 32 bits only.
		if le.Uint32(b)&1 == 0 {
			name -= uint32(f.base)
		}
		return f.add(&all, name, true)
	})
	return all, err
}

// descriptors visits the entries of a table that ends with one of zeros.
func (f *File) descriptors(what string, d directory, size uint32, visit func([]byte) error) error {
	if d.rva == 0 {
		return nil
	}
	for i := range uint32(maxImports) {
		b, _, err := f.at(what, d.rva+i*size, int(size))
		if err != nil {
			return err
		}
		if bytes.Count(b, []byte{0}) == len(b) {
			return nil
		}
		if err := visit(b); err != nil {
			return err
		}
	}
	return &FormatError{what, 0, fmt.Sprintf("it has more than %d entries", maxImports)}
}

func (f *File) add(all *[]Import, rva uint32, delayed bool) error {
	const what = "name of an import"
	off, err := f.offset(what, rva, 1)
	if err != nil {
		return err
	}
	b, err := f.read(what, off, int(max(1, min(maxName, f.size-off))))
	if err != nil {
		return err
	}
	end := bytes.IndexByte(b, 0)
	if end <= 0 {
		return &FormatError{what, off, "it is empty or has no end"}
	}
	*all = append(*all, Import{string(b[:end]), delayed})
	return nil
}
