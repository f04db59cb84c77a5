package lean

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/builder/toolchain"
)

// overlay collects what go build -overlay reads in the place of other files.
type overlay struct {
	tool    toolchain.Toolchain
	dir     string            // for what is edited or made here
	replace map[string]string // path that go build opens: the file it reads; "": there is none
}

// put writes a file of ours, which go build reads as path.
func (o *overlay) put(path, text string) error {
	o.replace[path] = filepath.Join(o.dir, fmt.Sprintf("%d-%s", len(o.replace), filepath.Base(path)))
	return os.WriteFile(o.replace[path], []byte(text), 0o644)
}

// write writes the list that go build takes.
func (o *overlay) write() (list string, err error) {
	b, err := json.Marshal(map[string]any{"Replace": o.replace})
	if err != nil {
		return "", err
	}
	list = filepath.Join(o.dir, "overlay.json")
	return list, os.WriteFile(list, b, 0o644)
}

// standardLibrary edits files of the standard library, and takes our encoding/json.
func (o *overlay) standardLibrary(source string, all []edit) error {
	root, err := o.tool.Root()
	if err != nil {
		return err
	}
	where := filepath.Join(root, "src")
	for _, e := range all {
		path := filepath.Join(where, filepath.FromSlash(e.file))
		if e.leavesOut() {
			o.replace[path] = ""
			continue
		}
		from := path
		if earlier := o.replace[path]; earlier != "" {
			from = earlier
		}
		text, err := e.applyTo(from)
		if err != nil {
			return err
		}
		if err := o.put(path, text); err != nil {
			return err
		}
	}
	theirs, err := sources(filepath.Join(where, "encoding", "json"))
	if err != nil {
		return err
	}
	for _, path := range theirs {
		o.replace[path] = ""
	}
	return o.ours(filepath.Join(source, "builder", "lean", "json"), filepath.Join(where, "encoding", "json"))
}

// ours has the files of a package of this repository read as those in the directory to.
func (o *overlay) ours(dir, to string) error {
	all, err := sources(dir)
	for _, path := range all {
		o.replace[filepath.Join(to, filepath.Base(path))] = path
	}
	return err
}

// sources are the Go files in dir, without tests.
func sources(dir string) ([]string, error) {
	all, err := filepath.Glob(filepath.Join(dir, "*.go"))
	all = slices.DeleteFunc(all, func(path string) bool { return strings.HasSuffix(path, "_test.go") })
	if err != nil || len(all) == 0 {
		return nil, fmt.Errorf("%s: no Go files (%v)", dir, err)
	}
	return all, nil
}

// module has the sources of a module read at the path to, with its edits.
func (o *overlay) module(module, to string, all []edit) error {
	from, err := o.tool.ModuleDir(module)
	if err != nil {
		return err
	}
	todo := map[string]edit{}
	for _, e := range all {
		todo[e.file] = e
	}
	err = filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if rel != "go.mod" && filepath.Ext(rel) != ".go" || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		e, edited := todo[filepath.ToSlash(rel)]
		delete(todo, filepath.ToSlash(rel))
		switch {
		case !edited:
			o.replace[filepath.Join(to, rel)] = path
		case !e.leavesOut():
			text, err := e.applyTo(path)
			if err != nil {
				return err
			}
			return o.put(filepath.Join(to, rel), text)
		}
		return nil
	})
	if err == nil && len(todo) > 0 {
		err = fmt.Errorf("%s: %w: it has no %v", module, ErrEdit, slices.Sorted(maps.Keys(todo)))
	}
	return err
}

// made makes a module of these files, read at the path to.
func (o *overlay) made(to, module string, files map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := o.put(filepath.Join(to, filepath.FromSlash(name)), files[name]); err != nil {
			return err
		}
	}
	return o.put(filepath.Join(to, "go.mod"), "module "+module+"\n\ngo 1.24\n")
}

const cobraPath = "github.com/spf13/cobra"

// cobra makes a module of the package cobra below, read at the path to.
func (o *overlay) cobra(source, to string) error {
	if err := o.made(to, cobraPath, nil); err != nil {
		return err
	}
	return o.ours(filepath.Join(source, "builder", "lean", "cobra"), to)
}
