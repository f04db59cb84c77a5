package fsrandom

import (
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
)

func (m *maker) write(p phase) (op, bool) {
	d := m.dir()
	name := m.name()
	if d.children[fold(name)] != nil || len(d.children) >= m.largeDir {
		return op{}, false
	}
	o := op{verb: write, path: d.path() + `\` + name, size: m.sizeOf(p), seed: m.rng.Uint64()}
	o.act = func() {
		n := &node{name: name, attrs: fs.AttrArchive}
		n.setContent(content(o.seed, o.size))
		d.add(n)
		m.files = append(m.files, n)
	}
	return o, true
}

func (m *maker) overwrite(p phase) (op, bool) {
	f, ok := m.file()
	if !ok {
		return op{}, false
	}
	o := op{verb: write, path: m.spell(f.path()), size: m.sizeOf(p), seed: m.rng.Uint64()}
	o.act = func() {
		f.setContent(content(o.seed, o.size))
		f.attrs |= anyArchive
	}
	return o, true
}

func (m *maker) resize(p phase) (op, bool) {
	f, ok := m.file()
	if !ok {
		return op{}, false
	}
	o := op{verb: resize, path: m.spell(f.path()), size: m.sizeOf(p)}
	if m.rng.IntN(2) == 0 { // by a little
		o.size = max(0, min(m.maxFile, int64(len(f.content))+int64(m.rng.IntN(20_000))-10_000))
	}
	o.act = func() {
		if n := int64(len(f.content)); o.size <= n {
			f.setContent(f.content[:o.size:o.size])
		} else {
			f.setContent(append(f.content[:n:n], make([]byte, o.size-n)...))
		}
		f.attrs |= anyArchive
	}
	return o, true
}

func (m *maker) mkdir(phase) (op, bool) {
	d := m.dir()
	name := m.name()
	depth := strings.Count(d.path(), `\`)
	if d.children[fold(name)] != nil || depth > 8 || len(d.path()) > m.longestPath() || len(m.dirs) > 200 {
		return op{}, false
	}
	return op{verb: mkdir, path: d.path() + `\` + name, act: func() {
		n := newDir(name)
		d.add(n)
		m.dirs = append(m.dirs, n)
	}}, true
}

func (m *maker) remove(phase) (op, bool) {
	if m.rng.IntN(6) > 0 {
		f, ok := m.file()
		if !ok {
			return op{}, false
		}
		return op{verb: remove, path: m.spell(f.path()), act: func() { f.parent.drop(f) }}, true
	}
	i := m.rng.IntN(len(m.dirs))
	d := m.dirs[i]
	if d == m.work {
		return op{}, false
	}
	o := op{verb: remove, path: m.spell(d.path())}
	if len(d.children) > 0 {
		o.wants = fs.ErrNotEmpty
		return o, m.rng.IntN(5) == 0
	}
	o.act = func() {
		d.parent.drop(d)
		m.dirs[i] = m.dirs[len(m.dirs)-1]
		m.dirs = m.dirs[:len(m.dirs)-1]
	}
	return o, true
}

func (m *maker) rename(phase) (op, bool) {
	n, ok := m.file()
	if m.rng.IntN(6) == 0 {
		n = m.dirs[m.rng.IntN(len(m.dirs))]
		ok = n != m.work
	}
	if !ok {
		return op{}, false
	}
	to := n.parent
	if m.rng.IntN(2) == 0 {
		to = m.dir()
	}
	name := m.name()
	switch m.rng.IntN(10) {
	case 0: // only the case changes
		if to = n.parent; name != n.name {
			name = strings.ToUpper(n.name)
		}
	case 1: // only the directory changes
		name = n.name
	}
	old := to.children[fold(name)]
	if to.path()+`\`+name == n.path() || len(to.path()) > m.longestPath() || len(to.children) >= m.largeDir {
		return op{}, false
	}
	o := op{verb: rename, path: m.spell(n.path()), to: to.path() + `\` + name}
	switch {
	case to.under(n):
		o.wants = anyError
	case old != nil && old != n:
		o.wants = fs.ErrExist
	}
	o.act = func() {
		n.parent.drop(n)
		n.name = name
		to.add(n)
	}
	return o, true
}

func (m *maker) setattr(phase) (op, bool) {
	n, ok := m.file()
	if m.rng.IntN(4) == 0 {
		n = m.dirs[m.rng.IntN(len(m.dirs))]
		ok = n != m.work
	}
	if !ok {
		return op{}, false
	}
	a := fs.Attributes(m.rng.Uint32()) & settable
	return op{verb: setattr, path: m.spell(n.path()), attrs: a, act: func() { n.attrs = a }}, true
}

// wrong makes an operation that must be refused, with the right error.
func (m *maker) wrong(phase) (op, bool) {
	d := m.dir()
	f, ok := m.file()
	if !ok {
		return op{}, false
	}
	none := m.name()
	if d.children[fold(none)] != nil {
		return op{}, false
	}
	missing := d.path() + `\` + none
	switch m.rng.IntN(11) {
	case 0:
		return op{verb: mkdir, path: m.spell(f.path()), wants: fs.ErrExist}, true
	case 1:
		return op{verb: write, path: f.path() + `\x`, size: 1, wants: fs.ErrNotDir}, true
	case 2:
		return op{verb: write, path: missing + `\x`, size: 1, wants: fs.ErrNotExist}, true
	case 3:
		return op{verb: remove, path: missing, wants: fs.ErrNotExist}, true
	case 4:
		return op{verb: rename, path: missing, to: d.path() + `\y`, wants: fs.ErrNotExist}, true
	case 5:
		return op{verb: resize, path: missing, size: 5, wants: fs.ErrNotExist}, true
	case 6:
		return op{verb: write, path: d.path() + `\` + strings.Repeat("n", 256), size: 1, wants: fs.ErrNameTooLong}, true
	case 7:
		bad := []string{"a:b", "a*b", "a?b", `a"b`, "a<b", "a|b", "a\x05b", "trailing.", "trailing "}
		return op{verb: write, path: d.path() + `\` + bad[m.rng.IntN(len(bad))], size: 1, wants: fs.ErrInvalidName}, true
	case 8:
		if d == m.root {
			return op{}, false
		}
		return op{verb: write, path: m.spell(d.path()), size: 1, wants: fs.ErrIsDir}, true
	case 9:
		if d == m.root {
			return op{}, false
		}
		return op{verb: resize, path: m.spell(d.path()), size: 1, wants: fs.ErrIsDir}, true
	}
	return op{verb: setattr, path: missing, attrs: fs.AttrHidden, wants: fs.ErrNotExist}, true
}

// letters of long names: each has one upper case, the same everywhere.
var letters = []rune("abcdefghijklmnopqrstuvwxyz0123456789 -_.+,;=[]{}()äöüéñçабвгд日本語")

// name makes up a name. A tilde is never in it: which aliases exist is not part
// of the model.
func (m *maker) name() string {
	r := m.rng
	switch k := r.IntN(20); {
	case k < 6:
		return fmt.Sprintf("F%06X.DAT", r.IntN(1<<24))
	case k < 9:
		return fmt.Sprintf("file %d with a longer name.text", r.IntN(1<<20))
	case k < 11:
		return fmt.Sprintf("%x", r.IntN(1<<12))
	case k < 12 && !m.plain:
		return fmt.Sprintf("😀 %d", r.IntN(1<<20))
	case k < 13:
		return m.random(m.longest())
	}
	return m.random(1 + r.IntN(min(40, m.longest())))
}

// longest is the length of the longest names. mtools 4 overwrites its stack on
// long paths of many characters beyond ASCII.
func (m *maker) longest() int {
	if m.plain {
		return 50
	}
	return 255
}

func (m *maker) longestPath() int {
	if m.plain {
		return 150
	}
	return 2000
}

func (m *maker) random(n int) string {
	b := make([]rune, n)
	for i := range b {
		b[i] = letters[m.rng.IntN(len(letters))]
		if m.rng.IntN(4) == 0 {
			b[i] = []rune(strings.ToUpper(string(b[i])))[0]
		}
	}
	s := strings.Trim(string(b), " .")
	if s == "" || fold(s) == "CON" || fold(s) == "PRN" || fold(s) == "AUX" || fold(s) == "NUL" {
		return "x"
	}
	return s
}
