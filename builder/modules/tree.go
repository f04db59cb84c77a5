package modules

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/builder/deb"
	"github.com/bootmend/bootmend/initramfs/pid1/kmod"
)

// ErrMissing is wrapped when the kernel lacks modules that the list demands.
var ErrMissing = errors.New("kernel has no such modules")

// Set is the chosen part of a module tree.
type Set struct {
	Index *kmod.Index       // of the chosen modules
	Files map[string][]byte // uncompressed content by path, as in Index.Files
}

// Choose reads a module tree (the directory that holds "kernel" and
// "modules.builtin") and returns the modules of the list with everything they
// depend on. Compressed modules are unpacked, so that the kernel need not be
// able to.
func Choose(tree fs.FS, l List) (*Set, error) {
	files, err := scan(tree)
	if err != nil {
		return nil, err
	}
	builtin, err := readBuiltin(tree)
	if err != nil {
		return nil, err
	}
	short := map[kmod.Name]string{}
	for name, file := range files {
		short[name] = strings.TrimPrefix(path.Dir(file)+"/"+shortBase(file), "kernel/")
	}
	chosen, missing := l.choose(short, builtin)
	if len(missing) > 0 {
		slices.Sort(missing)
		return nil, fmt.Errorf("%w: %s", ErrMissing, strings.Join(missing, ", "))
	}
	return load(tree, files, chosen)
}

// load reads the chosen modules and, transitively, those they depend on. Soft
// dependencies on a module's name are followed; those on an alias only among
// the modules that are there anyway, since finding others would mean reading
// the whole tree.
func load(tree fs.FS, files map[kmod.Name]string, chosen map[kmod.Name]bool) (*Set, error) {
	s := &Set{Index: kmod.NewIndex(), Files: map[string][]byte{}}
	var work []kmod.Name
	for name := range chosen {
		work = append(work, name)
	}
	for len(work) > 0 {
		name := work[len(work)-1]
		work = work[:len(work)-1]
		if s.Index.Files[name] != "" || files[name] == "" {
			continue
		}
		ko, err := readModule(tree, files[name])
		if err != nil {
			return nil, err
		}
		plain := strings.TrimSuffix(files[name], path.Ext(files[name]))
		if path.Ext(files[name]) == ".ko" {
			plain = files[name]
		}
		if err := addModinfo(s.Index, name, plain, ko); err != nil {
			return nil, err
		}
		s.Files[plain] = ko
		work = append(work, s.Index.Deps[name]...)
		for _, soft := range slices.Concat(s.Index.Pre[name], s.Index.Post[name]) {
			work = append(work, kmod.NameOf(soft))
		}
	}
	return s, nil
}

func readModule(tree fs.FS, file string) ([]byte, error) {
	f, err := tree.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	plain, err := deb.Decompress(file, f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	defer plain.Close()
	return io.ReadAll(plain)
}

// scan returns the module files of the tree by module name.
func scan(tree fs.FS) (map[kmod.Name]string, error) {
	files := map[kmod.Name]string{}
	err := fs.WalkDir(tree, "kernel", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() && strings.Contains(path.Base(p), ".ko") {
			files[kmod.NameOf(p)] = p
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("module tree: %w", err)
	}
	return files, nil
}

func readBuiltin(tree fs.FS) (map[kmod.Name]bool, error) {
	text, err := fs.ReadFile(tree, "modules.builtin")
	if err != nil {
		return nil, fmt.Errorf("module tree: %w", err)
	}
	builtin := map[kmod.Name]bool{}
	for line := range strings.Lines(string(text)) {
		builtin[kmod.NameOf(strings.TrimSpace(line))] = true
	}
	return builtin, nil
}

func shortBase(file string) string {
	base, _, _ := strings.Cut(path.Base(file), ".ko")
	return base
}
