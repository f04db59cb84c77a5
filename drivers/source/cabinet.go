package source

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"

	"github.com/bootmend/bootmend/drivers/cab"
)

// cabinet is a Tree of the files in a cabinet or in the set it belongs to.
// Listing unpacks nothing; a file is unpacked when it is opened.
type cabinet struct {
	name string
	mu   sync.Mutex // the decoder has one place
	c    *cab.Cabinet
	dirs map[string][]Info    // by path in lower case
	file map[string]*cab.File // by path in lower case
}

// Cabinet makes a Tree of a cabinet. near opens another cabinet of the set by
// its file name (without directories); nil: there is none. Errors wrap those of
// package cab.
func Cabinet(name string, f File, near func(name string) (File, error)) (Tree, error) {
	o := cab.Options{}
	if near != nil {
		o.Part = func(part string) (io.ReaderAt, int64, error) {
			p, err := near(Base(part))
			if err != nil {
				return nil, 0, err
			}
			return p, p.Size(), nil
		}
	}
	c, err := cab.Open(f, f.Size(), o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	t := newCabinet(name, c)
	if t.isDelta() {
		return nil, fmt.Errorf("%s: %w", name, ErrDelta)
	}
	return t, nil
}

func newCabinet(name string, c *cab.Cabinet) *cabinet {
	t := &cabinet{name: name, c: c, dirs: map[string][]Info{`\`: nil}, file: map[string]*cab.File{}}
	for _, f := range c.Files {
		t.add(f)
	}
	return t
}

// add lists a file and the directories that it is in; of two with the same name
// the first counts.
func (t *cabinet) add(f *cab.File) {
	path := Join(stripDrive(f.Name))
	key := strings.ToLower(path)
	if _, isDir := t.dirs[key]; isDir || t.file[key] != nil {
		return
	}
	for dir := Dir(path); ; dir = Dir(dir) {
		if t.file[strings.ToLower(dir)] != nil {
			return // below a file
		}
		if dir == `\` {
			break
		}
	}
	t.file[key] = f
	entry := Info{Name: Base(path), Size: f.Size}
	for {
		dir := Dir(path)
		key := strings.ToLower(dir)
		_, known := t.dirs[key]
		t.dirs[key] = append(t.dirs[key], entry)
		if known {
			return
		}
		path, entry = dir, Info{Name: Base(dir), Dir: true}
	}
}

// stripDrive: names are not to be trusted, and may be absolute.
func stripDrive(name string) string {
	if len(name) > 1 && name[1] == ':' {
		return name[2:]
	}
	return name
}

// Name implements Tree.
func (t *cabinet) Name() string { return t.name }

// ReadDir implements Tree.
func (t *cabinet) ReadDir(path string) ([]Info, error) {
	list, ok := t.dirs[strings.ToLower(Join(path))]
	if !ok {
		return nil, fmt.Errorf("%s: %s: %w", t.name, path, fs.ErrNotExist)
	}
	return list, nil
}

// Open implements Tree: it unpacks the file.
func (t *cabinet) Open(path string) (File, error) {
	f := t.file[strings.ToLower(Join(path))]
	if f == nil {
		return nil, fmt.Errorf("%s: %s: %w", t.name, path, fs.ErrNotExist)
	}
	if f.Size > MaxUnpacked {
		return nil, fmt.Errorf("%s: %s: %d bytes, at most %d: %w", t.name, path, f.Size, MaxUnpacked, ErrTooLarge)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	r, err := t.c.Open(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.name, err)
	}
	b := make([]byte, f.Size)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("%s: %w", t.name, err)
	}
	return memory{b}, nil
}
