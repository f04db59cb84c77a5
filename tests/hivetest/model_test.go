package hivetest

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// model is a key in memory, as plain as can be: what the hive must contain.
type model struct {
	name   string
	class  string
	parent *model
	kids   map[string]*model // by upper-cased name
	values map[string]*modelValue
	at     int // in all keys
}

type modelValue struct {
	name string
	typ  regf.Type
	data []byte
}

func folded(name string) string { return string(utf16Bytes(upper(name))) }

func utf16Bytes(u []uint16) []byte {
	b := make([]byte, 0, 2*len(u))
	for _, c := range u {
		b = append(b, byte(c), byte(c>>8))
	}
	return b
}

func newModel(name string, parent *model) *model {
	return &model{name: name, parent: parent, kids: map[string]*model{}, values: map[string]*modelValue{}}
}

func (m *model) path() string {
	if m.parent == nil {
		return ""
	}
	return strings.TrimPrefix(m.parent.path()+`\`+m.name, `\`)
}

// size is the number of keys in it.
func (m *model) size() int {
	n := 1
	for _, kid := range m.kids {
		n += kid.size()
	}
	return n
}

func loadModel(t *testing.T, k *regf.Key, parent *model) *model {
	t.Helper()
	m := newModel(k.Name(), parent)
	var err error
	if m.class, err = k.Class(); err != nil {
		t.Fatal(err)
	}
	values, err := k.Values()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		data, err := v.Data()
		if err != nil || m.values[folded(v.Name())] != nil {
			t.Fatalf("%s: value %q: %v, or twice", m.path(), v.Name(), err)
		}
		m.values[folded(v.Name())] = &modelValue{v.Name(), v.Type(), data}
	}
	keys, err := k.Subkeys()
	if err != nil {
		t.Fatal(err)
	}
	for _, sub := range keys {
		m.kids[folded(sub.Name())] = loadModel(t, sub, m)
	}
	return m
}

// export is what "hivexregedit --export" prints of a hive with this content.
func (m *model) export() []byte {
	var out bytes.Buffer
	w := bufio.NewWriter(&out)
	fmt.Fprint(w, "Windows Registry Editor Version 5.00\n\n")
	m.exportKey(w, `\`)
	w.Flush()
	return out.Bytes()
}

func (m *model) exportKey(w *bufio.Writer, path string) {
	fmt.Fprintf(w, "[%s]\n", path)
	values := slices.SortedFunc(maps.Values(m.values), func(a, b *modelValue) int { return strings.Compare(a.name, b.name) })
	for _, v := range values {
		exportData(w, v.name, v.typ, v.data)
	}
	fmt.Fprintln(w)
	kids := slices.SortedFunc(maps.Values(m.kids), func(a, b *model) int { return strings.Compare(a.name, b.name) })
	for _, kid := range kids {
		kid.exportKey(w, strings.TrimSuffix(path, `\`)+`\`+kid.name)
	}
}

// classes lists the keys with a class, which no export shows.
func (m *model) classes() map[string]string {
	all := map[string]string{}
	m.each(func(m *model) {
		if m.class != "" {
			all[m.path()] = m.class
		}
	})
	return all
}

func (m *model) each(fn func(*model)) {
	fn(m)
	for _, f := range slices.Sorted(maps.Keys(m.kids)) {
		m.kids[f].each(fn)
	}
}

// editing is a random walk of edits on a hive and its model.
type editing struct {
	t    *testing.T
	rand *rand.Rand
	root *model
	all  []*model
	big  bool // data of more than 16344 bytes is possible
	n    map[string]int
}

func newEditing(t *testing.T, h *regf.Hive, seed, stream uint64) *editing {
	t.Helper()
	root, err := h.Root()
	if err != nil {
		t.Fatal(err)
	}
	x := &editing{t: t, rand: rand.New(rand.NewPCG(seed, stream)), root: loadModel(t, root, nil), big: h.Header().Minor > 3, n: map[string]int{}}
	x.root.each(x.know)
	return x
}

func (x *editing) know(m *model) {
	m.at = len(x.all)
	x.all = append(x.all, m)
}

func (x *editing) forget(m *model) {
	last := x.all[len(x.all)-1]
	x.all[m.at], last.at = last, m.at
	x.all = x.all[:len(x.all)-1]
}

// step makes one random edit, in both.
func (x *editing) step(e *regf.Editor) {
	m := x.all[x.rand.IntN(len(x.all))]
	var err error
	what := ""
	switch n := x.rand.IntN(100); {
	case n < 25:
		what, err = "create key", x.create(e, m)
	case n < 38:
		what, err = "delete key", x.remove(e, m)
	case n < 80:
		what, err = "set value", x.set(e, m)
	case n < 95:
		what, err = "delete value", x.unset(e, m)
	default:
		what = "set class"
		m.class = ""
		if x.rand.IntN(3) > 0 {
			m.class = x.name(30)
		}
		err = e.SetClass(x.spell(m.path()), m.class)
	}
	if err != nil {
		x.t.Fatalf("%s at %q: %v", what, m.path(), err)
	}
	x.n[what]++
}

// spell changes the case of letters that have one.
func (x *editing) spell(path string) string {
	switch x.rand.IntN(3) {
	case 0:
		return strings.Map(regf.Upper, path)
	case 1:
		return strings.Map(func(r rune) rune {
			if 'A' <= r && r <= 'Z' {
				r += 'a' - 'A'
			}
			return r
		}, path)
	}
	return path
}

func (x *editing) name(longest int) string {
	letters := []rune(`abcdeABCDE0123 _.-{}&#"=;,:@'[]/%+äöüßÿéÀÆжЖ名前の鍵😀𝄞`)
	n := 1 + x.rand.IntN(longest)
	name := make([]rune, n)
	ascii := x.rand.IntN(3) > 0
	for i := range name {
		if name[i] = letters[x.rand.IntN(len(letters))]; ascii {
			name[i] = letters[x.rand.IntN(15)]
		}
	}
	return string(name)
}

func (x *editing) create(e *regf.Editor, m *model) error {
	path := x.spell(m.path())
	for range 1 + x.rand.IntN(3) {
		name := x.name(25)
		path += `\` + name
		kid := m.kids[folded(name)]
		if kid == nil {
			kid = newModel(name, m)
			m.kids[folded(name)] = kid
			x.know(kid)
		}
		m = kid
	}
	return e.CreateKey(path)
}

func (x *editing) remove(e *regf.Editor, m *model) error {
	if m.parent == nil || m.size() > 50 {
		return nil
	}
	m.each(x.forget)
	delete(m.parent.kids, folded(m.name))
	return e.DeleteKey(x.spell(m.path()), len(m.kids) > 0 || x.rand.IntN(2) == 0)
}

func (x *editing) length() int {
	switch n := x.rand.IntN(1000); {
	case n < 300:
		return x.rand.IntN(6)
	case n < 850:
		return x.rand.IntN(200)
	case n < 950 || !x.big && n < 990:
		return x.rand.IntN(4000)
	case n < 990 || !x.big:
		return []int{16343, 16344}[x.rand.IntN(2)] - x.rand.IntN(2)*x.rand.IntN(12000)
	case n < 998:
		return 16340 + x.rand.IntN(50_000)
	}
	return x.rand.IntN(1<<20 + 1)
}

func (x *editing) set(e *regf.Editor, m *model) error {
	name := ""
	if n := x.rand.IntN(10); n < 4 && len(m.values) > 0 {
		i := x.rand.IntN(len(m.values))
		name = slices.SortedFunc(maps.Values(m.values), func(a, b *modelValue) int { return strings.Compare(a.name, b.name) })[i].name
	} else if n > 0 {
		name = x.name(20)
	}
	data := make([]byte, x.length())
	for i := range data {
		data[i] = byte(x.rand.Uint32())
	}
	typ := regf.Type(x.rand.IntN(12))
	spelled := x.spell(name)
	v := m.values[folded(name)]
	if v == nil { // the spelling stays
		v = &modelValue{name: spelled}
		m.values[folded(name)] = v
	}
	v.typ, v.data = typ, data
	return e.SetValue(x.spell(m.path()), spelled, typ, data)
}

func (x *editing) unset(e *regf.Editor, m *model) error {
	if len(m.values) == 0 {
		return nil
	}
	all := slices.Sorted(maps.Keys(m.values))
	name := m.values[all[x.rand.IntN(len(all))]].name
	delete(m.values, folded(name))
	return e.DeleteValue(x.spell(m.path()), x.spell(name))
}
