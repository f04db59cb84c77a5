package fsrandom

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// memory is a trivial fs.Writer, to try the driver on. broken makes it forget
// something at its nth operation.
type memory struct {
	root   *node
	broken string
	n      int
}

var errMemory = errors.New("cannot move a directory into itself")

func (m *memory) Kind() fs.Kind        { return fs.NTFS }
func (m *memory) Free() (int64, error) { return 50 << 20, nil }

func (m *memory) find(path string) (*node, error) {
	n := m.root
	for _, p := range fs.SplitPath(path) {
		if !n.isDir() {
			return nil, fs.ErrNotDir
		}
		c := n.children[fold(p)]
		if c == nil {
			return nil, fs.ErrNotExist
		}
		n = c
	}
	return n, nil
}

// split finds the directory of a path.
func (m *memory) split(path string) (*node, string, error) {
	parts := fs.SplitPath(path)
	name := parts[len(parts)-1]
	d, err := m.find(strings.Join(parts[:len(parts)-1], `\`))
	switch {
	case err != nil:
		return nil, "", err
	case !d.isDir():
		return nil, "", fs.ErrNotDir
	case len(name) > 255 && len([]rune(name)) > 255:
		return nil, "", fs.ErrNameTooLong
	case strings.ContainsAny(name, ":*?\"<>|\x05") || strings.TrimRight(name, " .") != name:
		return nil, "", fs.ErrInvalidName
	}
	return d, name, nil
}

func (m *memory) breaks(what string) bool {
	m.n++
	return m.broken == what && m.n > 40
}

func (m *memory) Stat(path string) (fs.Info, error) {
	n, err := m.find(path)
	if err != nil {
		return fs.Info{}, err
	}
	return n.info(), nil
}

func (n *node) info() fs.Info {
	i := fs.Info{Name: n.name, Size: int64(len(n.content)), Attributes: n.attrs}
	if n.isDir() {
		i.Attributes |= fs.AttrDirectory
	}
	return i
}

func (m *memory) ReadDir(path string) ([]fs.Info, error) {
	n, err := m.find(path)
	if err != nil {
		return nil, err
	}
	var all []fs.Info
	for _, c := range n.children {
		all = append(all, c.info())
	}
	return all, nil
}

type memoryFile struct {
	io.ReaderAt
	n *node
}

func (f memoryFile) Info() fs.Info                 { return f.n.info() }
func (f memoryFile) Extents() ([]fs.Extent, error) { return nil, nil }

func (m *memory) Open(path string) (fs.File, error) {
	n, err := m.find(path)
	if err != nil {
		return nil, err
	}
	return memoryFile{bytes.NewReader(n.content), n}, nil
}

func (m *memory) WriteFile(path string, r io.Reader, size int64) error {
	d, name, err := m.split(path)
	if err != nil {
		return err
	}
	n := d.children[fold(name)]
	if n == nil {
		n = &node{name: name}
		d.add(n)
	}
	if n.isDir() {
		return fs.ErrIsDir
	}
	b := make([]byte, size)
	_, err = io.ReadFull(r, b)
	if m.breaks("content") && size > 100 {
		b[99] ^= 1
	}
	n.setContent(b)
	return err
}

func (m *memory) Resize(path string, size int64) error {
	n, err := m.find(path)
	if err != nil {
		return err
	}
	if n.isDir() {
		return fs.ErrIsDir
	}
	b := make([]byte, size)
	copy(b, n.content)
	if m.breaks("stale") && size > int64(len(n.content)) {
		b[size-1] = 1
	}
	n.setContent(b)
	return nil
}

func (m *memory) Mkdir(path string) error {
	d, name, err := m.split(path)
	if err != nil {
		return err
	}
	if d.children[fold(name)] != nil {
		return fs.ErrExist
	}
	d.add(newDir(name))
	return nil
}

func (m *memory) Remove(path string) error {
	n, err := m.find(path)
	if err != nil {
		return err
	}
	if len(n.children) > 0 && !m.breaks("not empty") {
		return fs.ErrNotEmpty
	}
	n.parent.drop(n)
	return nil
}

func (m *memory) Rename(from, to string) error {
	n, err := m.find(from)
	if err != nil {
		return err
	}
	d, name, err := m.split(to)
	if err != nil {
		return err
	}
	if d.under(n) {
		return errMemory
	}
	if x := d.children[fold(name)]; x != nil && x != n {
		return fs.ErrExist
	}
	n.parent.drop(n)
	if m.breaks("rename") {
		return nil
	}
	n.name = name
	d.add(n)
	return nil
}

func (m *memory) SetAttributes(path string, a fs.Attributes) error {
	n, err := m.find(path)
	if err == nil {
		n.attrs = a
	}
	return err
}

// recorder is a testing.TB that only notes that it failed.
type recorder struct {
	testing.TB
	text string
}

func (r *recorder) Errorf(format string, args ...any) { r.text += format }
func (r *recorder) Helper()                           {}
func (r *recorder) Logf(string, ...any)               {}

// TestDriver: a sound file system passes, a broken one does not.
func TestDriver(t *testing.T) {
	for _, broken := range []string{"", "content", "stale", "not empty", "rename"} {
		r := &recorder{TB: t}
		c := &config{ops: 1000, batch: 100, largeDir: 100, seed: 7, cluster: 4096, maxFile: 100_000}
		start(r, c, &memory{root: newDir(""), broken: broken}, newDir("")).all()
		if failed := r.text != ""; failed != (broken != "") {
			t.Errorf("broken %q: failed %v: %s", broken, failed, r.text)
		}
	}
}

// TestSameSeedSameOperations: a failure can be replayed.
func TestSameSeedSameOperations(t *testing.T) {
	trail := func() string {
		c := &config{ops: 500, batch: 500, largeDir: 100, seed: 11, cluster: 4096, maxFile: 100_000}
		r := start(t, c, &memory{root: newDir("")}, newDir(""))
		r.all()
		return strings.Join(r.trail, "\n")
	}
	if a, b := trail(), trail(); a != b {
		t.Errorf("%s\n--- and then ---\n%s", a, b)
	}
}
