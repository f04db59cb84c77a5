package fsrandom

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// node is a file or directory of the model.
type node struct {
	name     string
	parent   *node
	children map[string]*node // by folded name; nil: a file
	keys     []string         // of children, for picking one; may name some that are gone
	content  []byte
	hash     *[32]byte // of content, when known
	foreign  bool      // was there before: nothing may change it
	attrs    fs.Attributes
}

func newDir(name string) *node { return &node{name: name, children: map[string]*node{}} }

func (n *node) isDir() bool { return n.children != nil }

// fold is the upper case of the names that operations make up.
func fold(name string) string { return strings.ToUpper(name) }

func (n *node) add(c *node) {
	c.parent = n
	k := fold(c.name)
	n.children[k] = c
	n.keys = append(n.keys, k)
}

func (n *node) drop(c *node) {
	delete(n.children, fold(c.name))
	if len(n.keys) > 2*len(n.children)+16 {
		n.keys = slices.Sorted(maps.Keys(n.children))
	}
}

// path with backslashes; "" is the root.
func (n *node) path() string {
	if n.parent == nil {
		return ""
	}
	return n.parent.path() + `\` + n.name
}

func (n *node) setContent(b []byte) { n.content, n.hash = b, nil }

func (n *node) sum() [32]byte {
	if n.hash == nil {
		h := sha256.Sum256(n.content)
		n.hash = &h
	}
	return *n.hash
}

// under reports whether n is d or below it.
func (n *node) under(d *node) bool {
	for ; n != nil; n = n.parent {
		if n == d {
			return true
		}
	}
	return false
}

// item is what a view says of one path.
type item struct {
	dir   bool
	size  int64
	hash  [32]byte
	attrs fs.Attributes
	// special: ntfs-3g takes a system file of no or one byte for a pipe or
	// socket of Interix.
	special bool
}

// view is a volume as somebody sees it: path with slashes, without one at the
// front → item.
type view map[string]item

// knows says how much of an item a view has.
type knows struct{ size, hash, attrs bool }

// anyArchive: the file was changed in place since its attributes were set. That
// this sets the archive attribute is no rule of fs.Writer.
const anyArchive fs.Attributes = 1 << 31

const settable = fs.AttrReadOnly | fs.AttrHidden | fs.AttrSystem | fs.AttrArchive

// flatten adds everything below n to v.
func (n *node) flatten(v view, prefix string) {
	for _, c := range n.children {
		p := prefix + c.name
		it := item{dir: c.isDir(), attrs: c.attrs & (settable | anyArchive)}
		if !it.dir {
			it.size, it.hash = int64(len(c.content)), c.sum()
		}
		v[p] = it
		if c.isDir() {
			c.flatten(v, p+"/")
		}
	}
}

func (n *node) view() view {
	v := view{}
	n.flatten(v, "")
	return v
}

func sameAttrs(want, got fs.Attributes) bool {
	if want&anyArchive != 0 {
		want, got = want&^(anyArchive|fs.AttrArchive), got&^fs.AttrArchive
	}
	return want == got
}

// differ lists what is not the same, at most ten lines.
func (want view) differ(got view, k knows) []string {
	var out []string
	add := func(format string, args ...any) {
		if len(out) < 10 {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	for _, p := range slices.Sorted(maps.Keys(want)) {
		w := want[p]
		g, ok := got[p]
		switch {
		case !ok:
			add("%q is missing", p)
		case w.dir != g.dir:
			add("%q: directory %v, want %v", p, g.dir, w.dir)
		case g.special && (w.dir || w.size > 1 || w.attrs&fs.AttrSystem == 0):
			add("%q: a special file", p)
		case g.special:
		case k.size && !w.dir && w.size != g.size:
			add("%q: %d bytes, want %d", p, g.size, w.size)
		case k.hash && !w.dir && w.hash != g.hash:
			add("%q: other content (%d bytes)", p, w.size)
		case k.attrs && !sameAttrs(w.attrs, g.attrs):
			add("%q: attributes %#x, want %#x", p, g.attrs, w.attrs)
		}
	}
	for _, p := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[p]; !ok {
			add("%q should not be there", p)
		}
	}
	return out
}
