package source

import "io"

// Tree is a read-only tree of files. Paths are parted by backslashes, start at
// the root of the tree with or without one, and are compared without regard to
// case. Errors about what is not there wrap io/fs.ErrNotExist.
type Tree interface {
	// Name is for people: "sda partition 2", "virtio-win.iso".
	Name() string
	Open(path string) (File, error)
	ReadDir(path string) ([]Info, error)
}

// File is an open file of a Tree. It needs no closing.
type File interface {
	io.ReaderAt
	Size() int64 // bytes
}

// Info is what a directory says of an entry.
type Info struct {
	Name string
	Dir  bool
	Size int64 // bytes; 0 for directories
}
