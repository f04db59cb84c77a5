package media

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/bootmend/bootmend/drivers/source"
)

// folder is a Tree of a folder of the host. Names differ from those of Windows in
// that upper and lower case are different: an exact match goes first.
type folder struct{ root string }

// Folder makes a Tree of a folder of the host.
func Folder(path string) source.Tree { return folder{filepath.Clean(path)} }

// Name implements source.Tree.
func (f folder) Name() string { return f.root }

// names cuts a path of a Tree.
func names(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '\\' || r == '/' })
}

// find gives the host's path.
func (f folder) find(path string) (string, error) {
	at := f.root
	for _, name := range names(path) {
		if name == "." || name == ".." {
			return "", fmt.Errorf("%s: %w", path, fs.ErrNotExist)
		}
		next := filepath.Join(at, name)
		if _, err := os.Lstat(next); err != nil {
			if next = other(at, name); next == "" {
				return "", fmt.Errorf("%s: %s: %w", f.root, path, fs.ErrNotExist)
			}
		}
		at = next
	}
	return at, nil
}

// other finds a name in another case.
func other(dir, name string) string {
	list, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	for _, e := range list {
		if strings.EqualFold(e.Name(), name) {
			return filepath.Join(dir, e.Name())
		}
	}
	return ""
}

// inMemory is the size in bytes up to which a file is read at once, so that it
// need not stay open; a tree has thousands of files and a process few descriptors.
const inMemory = 4 << 20

// Open implements source.Tree.
func (f folder) Open(path string) (source.File, error) {
	at, err := f.find(path)
	if err != nil {
		return nil, err
	}
	return openFile(at)
}

func openFile(path string) (source.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a file", path)
	}
	o, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > inMemory {
		return &hostFile{o, info.Size()}, nil
	}
	defer o.Close()
	b := make([]byte, info.Size())
	if _, err := io.ReadFull(o, b); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return source.Bytes(b), nil
}

type hostFile struct {
	*os.File
	size int64
}

// Size implements source.File.
func (f *hostFile) Size() int64 { return f.size }

// ReadDir implements source.Tree.
func (f folder) ReadDir(path string) ([]source.Info, error) {
	at, err := f.find(path)
	if err != nil {
		return nil, err
	}
	list, err := os.ReadDir(at)
	if err != nil {
		if errors.Is(err, syscall.ENOTDIR) {
			err = fmt.Errorf("%w (%w)", err, fs.ErrNotExist)
		}
		return nil, err
	}
	var all []source.Info
	for _, e := range list {
		// Links are followed; what is neither file nor folder has no content.
		info, err := os.Stat(filepath.Join(at, e.Name()))
		switch {
		case err != nil:
		case info.IsDir():
			all = append(all, source.Info{Name: e.Name(), Dir: true})
		case info.Mode().IsRegular():
			all = append(all, source.Info{Name: e.Name(), Size: info.Size()})
		}
	}
	return all, nil
}
