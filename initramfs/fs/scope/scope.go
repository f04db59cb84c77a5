package scope

import (
	"strings"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// Scope is what a transaction is about on one volume.
type Scope struct {
	Changes []Change // in the order in which they were made
	// Announced are bytes of the volume that may change whatever they belong to.
	Announced []block.Range
}

// Change is one change of a file or directory.
type Change struct {
	Path string
	To   string // where it was moved to; "": it stayed
	// Content: it was written, resized or removed, so that what it holds
	// changes and not only what is said of it.
	Content bool
}

// Names are the paths of one moment.
type Names struct {
	Files   []Name
	Parents []string // the directories in which the files are or were
}

// Name is a file or directory.
type Name struct {
	Path    string
	Content bool
}

// Before are the names as they were before the first change. Some lead nowhere:
// what the changes made was not there.
func (s Scope) Before() Names {
	return s.names(func(path string, i int) string {
		for i--; i >= 0; i-- {
			if c := s.Changes[i]; c.To != "" {
				path = moved(path, c.To, c.Path)
			}
		}
		return path
	})
}

// After are the names as they are after the last change.
func (s Scope) After() Names {
	return s.names(func(path string, i int) string {
		for _, c := range s.Changes[i:] {
			if c.To != "" {
				path = moved(path, c.Path, c.To)
			}
		}
		return path
	})
}

// names translates all paths; at gives a path of the moment before change i.
func (s Scope) names(at func(path string, i int) string) Names {
	var n Names
	seen, parents := map[Name]bool{}, map[string]bool{}
	add := func(path string, i int, content bool) {
		parts := fs.SplitPath(path)
		if len(parts) == 0 {
			return
		}
		if f := (Name{at(fs.JoinPath(parts...), i), content}); !seen[f] {
			seen[f] = true
			n.Files = append(n.Files, f)
		}
		if p := at(fs.JoinPath(parts[:len(parts)-1]...), i); !parents[p] {
			parents[p] = true
			n.Parents = append(n.Parents, p)
		}
	}
	for i, c := range s.Changes {
		add(c.Path, i, c.Content)
		if c.To != "" {
			add(c.To, i+1, c.Content)
		}
	}
	return n
}

// moved is path after what was called from is called to.
func moved(path, from, to string) string {
	parts, prefix := fs.SplitPath(path), fs.SplitPath(from)
	if len(parts) < len(prefix) {
		return path
	}
	for i := range prefix {
		if !strings.EqualFold(parts[i], prefix[i]) {
			return path
		}
	}
	return fs.JoinPath(append(fs.SplitPath(to), parts[len(prefix):]...)...)
}

// View is the volume before with the announced bytes as they are after. What
// still differs is what the changes of files did.
type View struct {
	block.Device // before
	After        block.Device
	Announced    []block.Range
}

// ReadAt reads as block.Device does.
func (v View) ReadAt(p []byte, off int64) (int, error) {
	n, err := v.Device.ReadAt(p, off)
	if err != nil {
		return n, err
	}
	for _, r := range v.Announced {
		from, to := max(r.Off, off), min(r.End(), off+int64(n))
		if from >= to {
			continue
		}
		if k, err := v.After.ReadAt(p[from-off:to-off], from); int64(k) < to-from {
			return int(from-off) + k, err
		}
	}
	return n, nil
}
