package pe

import (
	"bytes"
	"fmt"
	"strings"
)

const (
	maxSymbols    = 1 << 16 // of an image; the kernel exports about 3,000
	maxSymbolName = 512
)

// Symbol is a function or variable that an image imports or exports: by name, or
// by number when Name is "".
type Symbol struct {
	Name    string
	Ordinal uint16
}

// String gives the name, or the number as "#3".
func (s Symbol) String() string {
	if s.Name != "" {
		return s.Name
	}
	return fmt.Sprintf("#%d", s.Ordinal)
}

// ImportsFrom lists what the image imports from one file, without regard to case;
// delayed imports are left out, the image loads without them. An error wraps
// ErrDamaged.
func (f *File) ImportsFrom(file string) ([]Symbol, error) {
	var all []Symbol
	err := f.descriptors("import directory", f.imports, 20, func(b []byte) error {
		var name []Import
		if err := f.add(&name, le.Uint32(b[12:]), false); err != nil {
			return err
		}
		if !strings.EqualFold(name[0].Name, file) {
			return nil
		}
		// The first table keeps the names; old linkers made the second only.
		table := le.Uint32(b)
		if table == 0 {
			table = le.Uint32(b[16:])
		}
		return f.thunks(table, &all)
	})
	return all, err
}

// thunks reads a table of addresses of names, or numbers, that ends with zero.
func (f *File) thunks(table uint32, all *[]Symbol) error {
	const what = "import table"
	width := 4
	if f.plus {
		width = 8
	}
	for i := 0; ; i++ {
		if len(*all) >= maxSymbols {
			return &FormatError{what, 0, fmt.Sprintf("it has more than %d entries", maxSymbols)}
		}
		b, _, err := f.at(what, table+uint32(i*width), width)
		if err != nil {
			return err
		}
		v := uint64(le.Uint32(b))
		if f.plus {
			v = le.Uint64(b)
		}
		switch {
		case v == 0:
			return nil
		case v>>(8*width-1) != 0:
			*all = append(*all, Symbol{Ordinal: uint16(v)})
		default:
			name, err := f.name("name of an imported function", uint32(v)+2)
			if err != nil {
				return err
			}
			*all = append(*all, Symbol{Name: name})
		}
	}
}

// name reads a string that ends with NUL.
func (f *File) name(what string, rva uint32) (string, error) {
	off, err := f.offset(what, rva, 1)
	if err != nil {
		return "", err
	}
	b, err := f.read(what, off, int(max(1, min(maxSymbolName, f.size-off))))
	if err != nil {
		return "", err
	}
	end := bytes.IndexByte(b, 0)
	if end <= 0 {
		return "", &FormatError{what, off, "it is empty or has no end"}
	}
	return string(b[:end]), nil
}

// Exports lists what the image exports, forwarded symbols too: an entry for each
// name, and for each number that has none. An error wraps ErrDamaged.
func (f *File) Exports() ([]Symbol, error) {
	const what = "export directory"
	if f.exports.rva == 0 {
		return nil, nil
	}
	b, off, err := f.at(what, f.exports.rva, 40)
	if err != nil {
		return nil, err
	}
	base, functions, names := le.Uint32(b[16:]), le.Uint32(b[20:]), le.Uint32(b[24:])
	if functions > maxSymbols || names > maxSymbols {
		return nil, &FormatError{what, off, fmt.Sprintf("%d symbols with %d names, at most %d are possible", functions, names, maxSymbols)}
	}
	addresses, _, err := f.at("export addresses", le.Uint32(b[28:]), int(4*functions))
	if err != nil {
		return nil, err
	}
	named := make([][]string, functions)
	if names > 0 {
		if err := f.exportNames(named, le.Uint32(b[32:]), le.Uint32(b[36:]), int(names)); err != nil {
			return nil, err
		}
	}
	var all []Symbol
	for i, list := range named {
		if le.Uint32(addresses[4*i:]) == 0 { // the number is not used
			continue
		}
		ordinal := uint16(base) + uint16(i)
		if len(list) == 0 {
			list = []string{""}
		}
		for _, name := range list {
			all = append(all, Symbol{Name: name, Ordinal: ordinal})
		}
	}
	return all, nil
}

// exportNames puts the names to the numbers.
func (f *File) exportNames(all [][]string, names, ordinals uint32, n int) error {
	at, _, err := f.at("export names", names, 4*n)
	if err != nil {
		return err
	}
	to, off, err := f.at("export numbers", ordinals, 2*n)
	if err != nil {
		return err
	}
	for i := range n {
		index := int(le.Uint16(to[2*i:]))
		if index >= len(all) {
			return &FormatError{"export numbers", off, fmt.Sprintf("number %d of %d", index, len(all))}
		}
		name, err := f.name("name of an exported function", le.Uint32(at[4*i:]))
		if err != nil {
			return err
		}
		all[index] = append(all[index], name)
	}
	return nil
}
