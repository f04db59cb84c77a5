package pe

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

const (
	maxVersion = 64 << 10 // bytes of a version resource: its length is a u16
	maxStrings = 1024
)

// StringTable is the text of a version resource in one language.
type StringTable struct {
	// Language is a LANGID and the code page, as written: "040904b0".
	Language string
	// Values by name: "FileVersion", "CompanyName", "OriginalFilename", ...
	Values map[string]string
}

// Strings reads the texts of the version resource that Version reads the numbers
// of. There may be none. Errors wrap ErrNoVersion or ErrDamaged.
func (f *File) Strings() ([]StringTable, error) {
	const what = "VS_VERSIONINFO"
	rel, err := f.versionEntry()
	if err != nil {
		return nil, err
	}
	entry, _, err := f.at("resource data entry", f.resource.rva+rel, 16)
	if err != nil {
		return nil, err
	}
	size := min(le.Uint32(entry[4:]), maxVersion)
	b, off, err := f.at(what, le.Uint32(entry), int(size))
	if err != nil {
		return nil, err
	}
	v := versionReader{off: off, left: maxStrings}
	root, _, err := v.node(b, 0)
	if err != nil {
		return nil, err
	}
	var all []StringTable
	err = v.children(root, func(info node) error {
		if info.key != "StringFileInfo" {
			return nil
		}
		return v.children(info, func(table node) error {
			t := StringTable{Language: table.key, Values: map[string]string{}}
			all = append(all, t)
			return v.children(table, func(s node) error {
				t.Values[s.key] = s.text()
				return nil
			})
		})
	})
	return all, err
}

// node is one of the nested structures: length, length of the value, type, key,
// value, children.
type node struct {
	key   string
	b     []byte // the whole of it
	value int    // where the value starts,
	child int    // and the children
	at    int    // place in the resource
}

// text is the value up to its NUL. What the length of the value counts, bytes or
// characters, depends on the compiler: it is not used.
func (n node) text() string {
	var u []uint16
	for b := n.b[min(n.value, len(n.b)):]; len(b) >= 2; b = b[2:] {
		c := le.Uint16(b)
		if c == 0 {
			break
		}
		u = append(u, c)
	}
	return strings.TrimRight(string(utf16.Decode(u)), " ")
}

type versionReader struct {
	off  int64 // of the resource in the file
	left int   // nodes that may follow
}

func align(n int) int { return (n + 3) &^ 3 }

// node reads the one that starts at a place of the resource b.
func (v *versionReader) node(b []byte, at int) (node, int, error) {
	bad := func(format string, args ...any) (node, int, error) {
		return node{}, 0, &FormatError{"VS_VERSIONINFO", v.off + int64(at), fmt.Sprintf(format, args...)}
	}
	if v.left--; v.left < 0 {
		return bad("more than %d parts", maxStrings)
	}
	if len(b) < 6 {
		return bad("%d bytes where a part should be", len(b))
	}
	size := int(le.Uint16(b))
	if size < 6 || size > len(b) {
		return bad("a part of %d bytes in %d", size, len(b))
	}
	n := node{b: b[:size], at: at}
	var key []uint16
	pos := 6
	for ; ; pos += 2 {
		if pos+2 > size {
			return bad("a key without end")
		}
		c := le.Uint16(b[pos:])
		if c == 0 {
			break
		}
		key = append(key, c)
	}
	n.key = string(utf16.Decode(key))
	// Aligned within the resource, which starts at a multiple of 4.
	n.value = align(at+pos+2) - at
	n.child = n.value + align(int(le.Uint16(b[2:])))
	return n, size, nil
}

// children visits what n holds behind its value.
func (v *versionReader) children(n node, visit func(node) error) error {
	for pos := n.child; pos < len(n.b); {
		c, size, err := v.node(n.b[pos:], n.at+pos)
		if err != nil {
			return err
		}
		if err := visit(c); err != nil {
			return err
		}
		pos = align(n.at+pos+size) - n.at
	}
	return nil
}
