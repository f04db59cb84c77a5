package modules

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
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
	Files map[string][]byte // content by path: uncompressed as in Index.Files, or bundles

	places string // kmod.BundlesFile, where the modules are in bundles
}

// Size is the sum of the modules' sizes in bytes.
func (s *Set) Size() (bytes int64) {
	for _, content := range s.Files {
		bytes += int64(len(content))
	}
	return bytes
}

// moduleFile is one module in one of the trees.
type moduleFile struct {
	tree fs.FS
	path string
}

// Choose reads the module trees of one kernel (the directories that hold
// "kernel" and "modules.builtin"; some distributions split them over packages)
// and returns the modules of the list with everything they depend on.
// Compressed modules are unpacked, so that the kernel need not be able to.
func Choose(trees []fs.FS, l List) (*Set, error) {
	files, builtin := map[kmod.Name]moduleFile{}, map[kmod.Name]bool{}
	for _, tree := range trees {
		if err := scan(tree, files); err != nil {
			return nil, err
		}
		if err := readBuiltin(tree, builtin); err != nil {
			return nil, err
		}
	}
	short := map[kmod.Name]string{}
	for name, f := range files {
		short[name] = strings.TrimPrefix(path.Dir(f.path)+"/"+shortBase(f.path), "kernel/")
	}
	chosen, missing := l.choose(short, builtin)
	if len(missing) > 0 {
		slices.Sort(missing)
		return nil, fmt.Errorf("%w: %s", ErrMissing, strings.Join(missing, ", "))
	}
	s, err := load(files, chosen)
	if err != nil {
		return nil, err
	}
	return s, l.checkExcluded(s.Index)
}

// load reads the chosen modules and, transitively, those they depend on. Soft
// dependencies on a module's name are followed; those on an alias only among
// the modules that are there anyway, since finding others would mean reading
// the whole tree.
func load(files map[kmod.Name]moduleFile, chosen map[kmod.Name]bool) (*Set, error) {
	s := &Set{Index: kmod.NewIndex(), Files: map[string][]byte{}}
	work := slices.Sorted(maps.Keys(chosen))
	for len(work) > 0 {
		name := work[len(work)-1]
		work = work[:len(work)-1]
		f, ok := files[name]
		if !ok || s.Index.Files[name] != "" {
			continue
		}
		ko, err := readModule(f)
		if err != nil {
			return nil, err
		}
		plain := path.Join(path.Dir(f.path), shortBase(f.path)+".ko")
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

func readModule(m moduleFile) ([]byte, error) {
	f, err := m.tree.Open(m.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	plain, err := deb.Decompress(m.path, f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.path, err)
	}
	defer plain.Close()
	return io.ReadAll(plain)
}

// scan adds the module files of the tree to files.
func scan(tree fs.FS, files map[kmod.Name]moduleFile) error {
	err := fs.WalkDir(tree, "kernel", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() && strings.Contains(path.Base(p), ".ko") {
			files[kmod.NameOf(p)] = moduleFile{tree, p}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("module tree: %w", err)
	}
	return nil
}

// readBuiltin adds the modules that are part of the kernel to builtin. Packages
// with additional modules have no list of them.
func readBuiltin(tree fs.FS, builtin map[kmod.Name]bool) error {
	text, err := fs.ReadFile(tree, "modules.builtin")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("module tree: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		builtin[kmod.NameOf(strings.TrimSpace(line))] = true
	}
	return nil
}

func shortBase(file string) string {
	base, _, _ := strings.Cut(path.Base(file), ".ko")
	return base
}
