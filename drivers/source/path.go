package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// Join makes a path with one backslash in front and between its parts.
func Join(parts ...string) string {
	var all []string
	for _, p := range parts {
		all = append(all, split(p)...)
	}
	return `\` + strings.Join(all, `\`)
}

// split cuts a path into its names; what leads nowhere or upwards is dropped.
func split(path string) []string {
	var all []string
	for _, name := range strings.FieldsFunc(path, func(r rune) bool { return r == '\\' || r == '/' }) {
		if name != "." && name != ".." {
			all = append(all, name)
		}
	}
	return all
}

// Base is the last name of a path.
func Base(path string) string {
	if names := split(path); len(names) > 0 {
		return names[len(names)-1]
	}
	return ""
}

// Dir is the path without its last name.
func Dir(path string) string {
	names := split(path)
	return Join(names[:max(0, len(names)-1)]...)
}

// Ext is the extension with its dot, in lower case.
func Ext(path string) string {
	name := Base(path)
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return strings.ToLower(name[i:])
	}
	return ""
}

// ErrTooLarge: a file is larger than what is read into memory.
var ErrTooLarge = errors.New("larger than what is read into memory")

// MaxUnpacked bounds, in bytes, what is unpacked into memory at once.
const MaxUnpacked = 64 << 20

// ReadFile reads a whole file of at most limit bytes; a larger one is
// ErrTooLarge.
func ReadFile(t Tree, path string, limit int64) ([]byte, error) {
	f, err := t.Open(path)
	if err != nil {
		return nil, err
	}
	return ReadAll(f, limit)
}

// ReadAll reads the whole of an open file of at most limit bytes.
func ReadAll(f File, limit int64) ([]byte, error) {
	if f.Size() > limit {
		return nil, fmt.Errorf("%d bytes, at most %d: %w", f.Size(), limit, ErrTooLarge)
	}
	if m, ok := f.(memory); ok {
		return m.b, nil
	}
	b := make([]byte, f.Size())
	if n, err := f.ReadAt(b, 0); n < len(b) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return b, nil
}

// find gives the entry of a directory with a name, without regard to case.
func find(t Tree, dir, name string) (Info, error) {
	list, err := t.ReadDir(dir)
	if err != nil {
		return Info{}, err
	}
	for _, e := range list {
		if strings.EqualFold(e.Name, name) {
			return e, nil
		}
	}
	return Info{}, fmt.Errorf("%s: %w", Join(dir, name), fs.ErrNotExist)
}

// absent: there is no such file, which is not worth a word.
func absent(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// memory is a file whose content is in memory. The bytes are not to be changed.
type memory struct{ b []byte }

// Bytes makes a File of b, which must not change afterwards.
func Bytes(b []byte) File { return memory{b} }

// ReadAt implements io.ReaderAt.
func (m memory) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= int64(len(m.b)) {
		return 0, io.EOF
	}
	n := copy(p, m.b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Size implements File.
func (m memory) Size() int64 { return int64(len(m.b)) }
