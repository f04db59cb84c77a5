package fsrandom

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/scope"
)

// verb is a kind of operation.
type verb string

const (
	write   verb = "write"
	resize  verb = "resize"
	mkdir   verb = "mkdir"
	remove  verb = "remove"
	rename  verb = "rename"
	setattr verb = "attributes"
)

// op is one operation.
type op struct {
	verb  verb
	path  string
	to    string // rename
	size  int64
	seed  uint64 // of the content
	attrs fs.Attributes
	wants error  // the error that is right, nil: none
	act   func() // what success does to the model
}

func (o op) String() string {
	s := fmt.Sprintf("%s %q", o.verb, o.path)
	switch o.verb {
	case write, resize:
		s += fmt.Sprintf(" %d bytes", o.size)
	case rename:
		s += fmt.Sprintf(" to %q", o.to)
	case setattr:
		s += fmt.Sprintf(" %#x", o.attrs)
	}
	if o.wants != nil {
		s += fmt.Sprintf(" (wants: %v)", o.wants)
	}
	return s
}

// do carries the operation out.
func (o op) do(w fs.Writer) error {
	switch o.verb {
	case write:
		return w.WriteFile(o.path, bytes.NewReader(content(o.seed, o.size)), o.size)
	case resize:
		return w.Resize(o.path, o.size)
	case mkdir:
		return w.Mkdir(o.path)
	case remove:
		return w.Remove(o.path)
	case rename:
		return w.Rename(o.path, o.to)
	}
	return w.SetAttributes(o.path, o.attrs)
}

// change is what the operation is about.
func (o op) change() scope.Change {
	return scope.Change{Path: o.path, To: o.to, Content: o.verb == write || o.verb == resize || o.verb == remove}
}

// content is what a file is filled with: noise, by the seed.
func content(seed uint64, size int64) []byte {
	b := make([]byte, size+8)
	rng := rand.NewPCG(seed, 1)
	for i := int64(0); i < size; i += 8 {
		binary.LittleEndian.PutUint64(b[i:], rng.Uint64())
	}
	return b[:size]
}

// anyError stands for an error of which the interface says only that there is
// one.
var anyError = errors.New("any error")

// phase is what a stretch of a run is about: how often each verb comes.
type phase struct {
	name                                          string
	write, over, resize, mkdir, remove, ren, attr int
	wrong                                         int // operations that must fail
	big                                           bool
}

var (
	crowded = phase{name: "crowded"}

	mixed = phase{"mixed", 30, 10, 15, 6, 14, 12, 8, 5, false}
	fill  = phase{"fill", 50, 5, 20, 4, 4, 8, 4, 5, true}
	full  = phase{"full", 20, 10, 25, 3, 20, 12, 5, 5, true}
	drain = phase{"drain", 5, 5, 15, 1, 60, 6, 3, 5, false}
)

// maker makes operations up.
type maker struct {
	rng      *rand.Rand
	root     *node // of the volume
	work     *node // below it everything may change
	dirs     []*node
	files    []*node
	cluster  int64
	plain    bool // no characters beyond the BMP
	largeDir int  // entries that a directory may have
	free     func() int64
	maxFile  int64
}

func (m *maker) next(p phase) op {
	for {
		if o, ok := m.try(p); ok {
			return o
		}
	}
}

func (m *maker) try(p phase) (op, bool) {
	n := m.rng.IntN(p.write + p.over + p.resize + p.mkdir + p.remove + p.ren + p.attr + p.wrong)
	for _, c := range []struct {
		weight int
		make   func(phase) (op, bool)
	}{{p.write, m.write}, {p.over, m.overwrite}, {p.resize, m.resize}, {p.mkdir, m.mkdir}, {p.remove, m.remove}, {p.ren, m.rename}, {p.attr, m.setattr}, {p.wrong, m.wrong}} {
		if n -= c.weight; n < 0 {
			return c.make(p)
		}
	}
	return op{}, false
}

// dir picks a directory, a large one more often.
func (m *maker) dir() *node {
	a, b := m.dirs[m.rng.IntN(len(m.dirs))], m.dirs[m.rng.IntN(len(m.dirs))]
	if len(a.children) < len(b.children) && len(b.children) < m.largeDir {
		a = b
	}
	return a
}

// file picks a file; false: there is none.
func (m *maker) file() (*node, bool) {
	for len(m.files) > 0 {
		i := m.rng.IntN(len(m.files))
		f := m.files[i]
		if f.parent != nil && f.parent.children[fold(f.name)] == f {
			return f, true
		}
		m.files[i] = m.files[len(m.files)-1]
		m.files = m.files[:len(m.files)-1]
	}
	return nil, false
}

// spell gives a path, sometimes in another case: names are found without
// regard to it.
func (m *maker) spell(path string) string {
	if m.rng.IntN(8) == 0 {
		return strings.ToUpper(path)
	}
	return path
}

func (m *maker) sizeOf(p phase) int64 {
	if p.name == crowded.name {
		return int64(m.rng.IntN(300))
	}
	n := int64(0)
	switch k := m.rng.IntN(20); {
	case k < 1:
	case k < 8:
		n = int64(m.rng.IntN(800)) // resident, or just not
	case k < 12:
		n = m.cluster*int64(m.rng.IntN(4)) + int64(m.rng.IntN(3)) - 1
	case k < 18:
		n = int64(m.rng.IntN(50_000))
	default:
		n = int64(m.rng.IntN(600_000))
	}
	if p.big && m.rng.IntN(4) == 0 {
		n = m.rng.Int64N(max(1, min(m.free()/3+2*m.cluster, m.maxFile)))
	}
	return max(0, min(n, m.maxFile))
}
