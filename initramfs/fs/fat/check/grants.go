package check

import (
	"bytes"
	"sort"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/scope"
)

// holder is the volume before or after with the files that may change.
type holder struct {
	*checker
	dirs  map[uint32]*listing // directories that may change, by their first cluster, 0: the root
	files map[place]*grant
	known map[uint32]*listing // directories that were read
	runs  []chainRun          // clusters that may change, in ascending order
}

// place is where the entry of a file lies: the first cluster of its directory
// and the 8.3 name.
type place struct {
	dir uint32
	key string
}

// grant is a file or directory that may change.
type grant struct {
	path        string
	first, size uint32
	dir         bool
	content     bool // and not only its name
}

// chainRun is a row of clusters of a file that may change.
type chainRun struct {
	first, n uint32
	by       *grant
}

// listing is a directory.
type listing struct {
	path  string
	first uint32 // 0: the root directory
	items map[string]*item
}

// item is an entry of a directory with its long name.
type item struct {
	e, pieces []byte
	granted   bool
	relinked  bool // the ".." of a directory that may have moved
}

func (x *item) same(y *item) bool {
	if x.relinked || y.relinked {
		a, b := bytes.Clone(x.e), bytes.Clone(y.e)
		for _, i := range []int{20, 21, 26, 27} {
			a[i], b[i] = 0, 0
		}
		return bytes.Equal(a, b)
	}
	return bytes.Equal(x.e, y.e) && bytes.Equal(x.pieces, y.pieces)
}

func newHolder(c *checker) *holder {
	return &holder{checker: c, dirs: map[uint32]*listing{}, files: map[place]*grant{}, known: map[uint32]*listing{}}
}

// grantAll finds the files that may change, and the directories that hold them.
func (h *holder) grantAll(names scope.Names) error {
	for _, n := range names.Files {
		if err := h.grantFile(n); err != nil {
			return err
		}
	}
	for _, p := range names.Parents {
		d, err := h.directoryAt(p)
		if err != nil {
			return err
		}
		if d != nil {
			h.dirs[d.first] = d
		}
	}
	for _, d := range h.dirs {
		if err := h.take(&grant{path: d.path, first: d.first, dir: true}); err != nil {
			return err
		}
	}
	for _, g := range h.files {
		if g.dir && h.dirs[g.first] != nil {
			continue
		}
		if err := h.take(g); err != nil {
			return err
		}
	}
	sortRuns(h.runs)
	return nil
}

func (h *holder) grantFile(n scope.Name) error {
	parts := fs.SplitPath(n.Path)
	d, err := h.directoryAt(fs.JoinPath(parts[:len(parts)-1]...))
	if err != nil || d == nil {
		return err
	}
	for key, x := range d.items {
		if !x.isCalled(parts[len(parts)-1]) {
			continue
		}
		x.granted = true
		at := place{d.first, key}
		g := h.files[at]
		if g == nil {
			g = &grant{path: n.Path, first: h.start(x.e), size: le.Uint32(x.e[28:]), dir: x.e[11]&0x10 != 0}
			h.files[at] = g
		}
		g.content = g.content || n.Content
		if !g.dir {
			continue
		}
		below, err := h.listing(n.Path, g.first)
		if err != nil || below == nil {
			return err
		}
		h.dirs[g.first] = below
		for key, dot := range below.items {
			switch strings.TrimRight(key, " ") {
			case "..":
				dot.relinked = true
				fallthrough
			case ".":
				dot.granted = dot.granted || n.Content // it was removed
			}
		}
	}
	return nil
}

// take notes the clusters of a chain.
func (h *holder) take(g *grant) error {
	first := g.first
	if first == 0 && g.dir {
		first = uint32(h.boot.RootCluster)
	}
	if first == 0 {
		return nil
	}
	list, err := h.chain(g.path, first)
	for _, n := range list {
		if k := len(h.runs) - 1; k >= 0 && h.runs[k].by == g && h.runs[k].first+h.runs[k].n == n {
			h.runs[k].n++
			continue
		}
		h.runs = append(h.runs, chainRun{n, 1, g})
	}
	return err
}

// owner is the file that may change and has cluster n.
func (h *holder) owner(n uint32) *grant {
	i := sort.Search(len(h.runs), func(i int) bool { return h.runs[i].first > n }) - 1
	if i < 0 || n >= h.runs[i].first+h.runs[i].n {
		return nil
	}
	return h.runs[i].by
}

// directoryAt follows a path; nil: it leads to no directory.
func (h *holder) directoryAt(path string) (*listing, error) {
	d, err := h.listing("", 0)
	for _, part := range fs.SplitPath(path) {
		if err != nil || d == nil {
			return nil, err
		}
		var next *item
		for _, x := range d.items {
			if x.e[11]&0x18 == 0x10 && x.isCalled(part) {
				next = x
			}
		}
		if next == nil {
			return nil, nil
		}
		d, err = h.listing(d.path+`\`+part, h.start(next.e))
	}
	return d, err
}

// still are the entries of a directory of before as they are now: none when it
// is gone. The root directory is always there; the others have a name of the
// transaction, as they hold or are what it is about.
func (h *holder) still(old *listing) (map[string]*item, error) {
	if old.first == 0 {
		root, err := h.listing("", 0)
		if err != nil {
			return nil, err
		}
		return root.items, nil
	}
	if d := h.dirs[old.first]; d != nil {
		return d.items, nil
	}
	return nil, nil
}

// listing reads a directory; what is wrong with its chain Volume says.
func (h *holder) listing(path string, first uint32) (*listing, error) {
	if d := h.known[first]; d != nil {
		return d, nil
	}
	var b []byte
	var err error
	if n := 32 * int64(h.boot.RootEntries); first == 0 && n > 0 {
		b, err = h.read(h.data-(n+h.sector-1)/h.sector*h.sector, n)
	} else {
		b, err = h.directoryData(first)
	}
	if err != nil {
		return nil, err
	}
	d := &listing{path, first, itemsOf(b)}
	h.known[first] = d
	return d, nil
}

func (h *holder) directoryData(first uint32) ([]byte, error) {
	n := first
	if n == 0 {
		n = uint32(h.boot.RootCluster)
	}
	var b []byte
	for n >= 2 && n <= h.last && int64(len(b)) < maxDirectory {
		part, err := h.read(h.data+int64(n-2)*h.cluster, h.cluster)
		if err != nil {
			return nil, err
		}
		b = append(b, part...)
		if n, err = h.entry(n); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// itemsOf are the entries of a directory that mean something.
func itemsOf(b []byte) map[string]*item {
	all := map[string]*item{}
	start := 0 // of the long name
	for i := 0; i+32 <= len(b) && b[i] != 0; i += 32 {
		e := b[i : i+32]
		switch {
		case e[0] == 0xe5:
			start = i + 32
			continue
		case e[11]&0x3f == 0x0f:
			continue
		}
		key := string(e[:11])
		if e[11]&8 != 0 {
			key += " (label)"
		}
		all[key] = &item{e: e, pieces: b[start:i]}
		start = i + 32
	}
	return all
}

// isCalled compares both names of an entry without regard to case.
func (x *item) isCalled(name string) bool {
	if x.e[11]&8 != 0 || x.e[0] == '.' {
		return false
	}
	return strings.EqualFold(x.short(), name) || strings.EqualFold(x.long(), name)
}

// short decodes the 8.3 name in code page 850, as the driver does.
func (x *item) short() string {
	raw := bytes.Clone(x.e[:11])
	if raw[0] == 5 {
		raw[0] = 0xe5
	}
	b, err := charmap.CodePage850.NewDecoder().Bytes(raw)
	if err != nil {
		return ""
	}
	r := []rune(string(b)) // one for each byte
	base, ext := strings.TrimRight(string(r[:8]), " "), strings.TrimRight(string(r[8:]), " ")
	if ext == "" {
		return base
	}
	return base + "." + ext
}

// long puts the pieces together, which come in descending order.
func (x *item) long() string {
	var units []uint16
	for i := len(x.pieces) - 32; i >= 0; i -= 32 {
		for _, at := range []int{1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30} {
			u := le.Uint16(x.pieces[i+at:])
			if u == 0 {
				return fs.DecodeName(units)
			}
			units = append(units, u)
		}
	}
	return fs.DecodeName(units)
}
