package source

import (
	"fmt"
	"io/fs"
	"strings"
)

// folders is a Tree whose root has other trees as its directories.
type folders struct {
	name  string
	order []string
	trees map[string]Tree // by name in lower case
}

// Folders makes a Tree with other trees as directories in its root, in the order
// given.
func Folders(name string, order []string, trees map[string]Tree) Tree {
	t := &folders{name: name, order: order, trees: map[string]Tree{}}
	for folder, tree := range trees {
		t.trees[strings.ToLower(folder)] = tree
	}
	return t
}

// Name implements Tree.
func (t *folders) Name() string { return t.name }

func (t *folders) at(path string) (Tree, string, error) {
	names := split(path)
	if len(names) > 0 {
		if tree := t.trees[strings.ToLower(names[0])]; tree != nil {
			return tree, Join(names[1:]...), nil
		}
	}
	return nil, "", fmt.Errorf("%s: %s: %w", t.name, path, fs.ErrNotExist)
}

// Open implements Tree.
func (t *folders) Open(path string) (File, error) {
	tree, rest, err := t.at(path)
	if err != nil {
		return nil, err
	}
	return tree.Open(rest)
}

// ReadDir implements Tree.
func (t *folders) ReadDir(path string) ([]Info, error) {
	if len(split(path)) == 0 {
		var all []Info
		for _, name := range t.order {
			all = append(all, Info{Name: name, Dir: true})
		}
		return all, nil
	}
	tree, rest, err := t.at(path)
	if err != nil {
		return nil, err
	}
	return tree.ReadDir(rest)
}
