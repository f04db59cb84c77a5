package inject

import "github.com/bootmend/bootmend/drivers/source"

// subtree is a folder of a tree as a tree of its own.
type subtree struct {
	source.Tree
	dir string
}

// Name implements source.Tree.
func (t subtree) Name() string { return t.Tree.Name() + " " + t.dir }

// Open implements source.Tree.
func (t subtree) Open(path string) (source.File, error) {
	return t.Tree.Open(source.Join(t.dir, path))
}

// ReadDir implements source.Tree.
func (t subtree) ReadDir(path string) ([]source.Info, error) {
	return t.Tree.ReadDir(source.Join(t.dir, path))
}
