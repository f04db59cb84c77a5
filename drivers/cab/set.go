package cab

import (
	"cmp"
	"fmt"
	"io"
	"slices"
)

// Bounds of a set, far above those of floppies that they were made for.
const (
	maxParts = 512
	maxFiles = 1 << 18
)

// Open reads the tables of the cabinet at the start of a file of size bytes,
// and those of its neighbours as far as o.Part gives them. Errors wrap
// ErrNotCabinet or ErrDamaged, or come from r; a neighbour that is not there, or
// is none, is told in Missing.
func Open(r io.ReaderAt, size int64, o Options) (*Cabinet, error) { return openAt(r, 0, size, o) }

func openAt(r io.ReaderAt, off, size int64, o Options) (*Cabinet, error) {
	p, err := readPart(r, off, size, o)
	if err != nil {
		return nil, err
	}
	c := &Cabinet{Header: p.Header}
	set := []*part{p}
	count := len(p.files)
	for _, forward := range []bool{false, true} {
		for len(set) < maxParts && count < maxFiles {
			edge := set[0]
			if forward {
				edge = set[len(set)-1]
			}
			next, missing := neighbour(edge, forward, o)
			if missing != nil {
				c.Missing = append(c.Missing, missing)
			}
			if next == nil {
				break
			}
			count += len(next.files)
			if forward {
				set = append(set, next)
			} else {
				set = slices.Insert(set, 0, next)
			}
		}
	}
	return c, c.join(set)
}

// neighbour opens the cabinet before or behind p; both results are nil when
// there is none.
func neighbour(p *part, forward bool, o Options) (*part, *PartError) {
	n, want := p.Prev, int(p.Index)-1
	if forward {
		n, want = p.Next, int(p.Index)+1
	}
	if n.Name == "" {
		return nil, nil
	}
	missing := &PartError{Name: n.Name, Disk: n.Disk}
	if o.Part == nil {
		return nil, missing
	}
	r, size, err := o.Part(n.Name)
	if err != nil {
		missing.Err = err
		return nil, missing
	}
	q, err := readPart(r, 0, size, o)
	if err == nil && (q.Set != p.Set || int(q.Index) != want) {
		err = fmt.Errorf("it is number %d of set %d, want number %d of set %d", q.Index, q.Set, want, p.Set)
	}
	if err != nil {
		missing.Err = err
		return nil, missing
	}
	return q, nil
}

// join makes one list of folders and files from those of the parts.
func (c *Cabinet) join(set []*part) error {
	for i, p := range set {
		continued := slices.ContainsFunc(p.files, (*partFile).continued)
		open := i > 0 && slices.ContainsFunc(set[i-1].files, (*partFile).continues)
		if continued && open {
			// The folder began in the part before.
			whole, rest := c.folders[len(c.folders)-1], p.folders[0]
			if whole.method != rest.method {
				return &FormatError{Struct: "CFFOLDER", Off: p.Offset, Reason: fmt.Sprintf("goes on with %v, began with %v", rest.method, whole.method)}
			}
			whole.segments = append(whole.segments, rest.segments...)
			p.replace(rest, whole)
		} else if continued {
			p.folders[0].prev = c.gone(p.Prev)
		} else if open {
			c.folders[len(c.folders)-1].next = c.gone(set[i-1].Next)
		}
		for _, f := range p.folders {
			if len(c.folders) == 0 || f != c.folders[len(c.folders)-1] {
				f.index = len(c.folders)
				c.folders = append(c.folders, f)
			}
		}
		c.addFiles(p, continued && open)
	}
	if last := set[len(set)-1]; slices.ContainsFunc(last.files, (*partFile).continues) {
		c.folders[len(c.folders)-1].next = c.gone(last.Next)
	}
	slices.SortStableFunc(c.Files, func(a, b *File) int {
		return cmp.Or(cmp.Compare(a.folder.index, b.folder.index), cmp.Compare(a.off, b.off))
	})
	return nil
}

func (p *part) replace(old, with *folder) {
	p.folders[0] = with
	for _, f := range p.files {
		if f.folder == old {
			f.folder = with
		}
	}
}

// addFiles leaves out files that the part before has listed already.
func (c *Cabinet) addFiles(p *part, joined bool) {
	known := map[[2]int64]bool{}
	if joined {
		for _, f := range c.Files {
			if f.folder == p.folders[0] {
				known[[2]int64{f.off, f.Size}] = true
			}
		}
	}
	for _, f := range p.files {
		if !f.continued() || !known[[2]int64{f.off, f.Size}] {
			c.Files = append(c.Files, f.File)
		}
	}
}

// gone is the error about a neighbour that is needed.
func (c *Cabinet) gone(n Neighbour) *PartError {
	for _, m := range c.Missing {
		if m.Name == n.Name {
			return m
		}
	}
	return &PartError{Name: n.Name, Disk: n.Disk, Err: fmt.Errorf("it does not continue this one")}
}
