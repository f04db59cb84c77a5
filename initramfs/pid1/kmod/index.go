package kmod

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Index is what one kernel's module tree says about its modules.
type Index struct {
	// Files has the path of each module, relative to the tree's root
	// (/lib/modules/RELEASE).
	Files map[Name]string
	// Deps are the modules whose symbols a module uses: loaded before it.
	Deps map[Name][]Name
	// Pre and Post are soft dependencies (module names or aliases): tried
	// before and after; whether they exist or load does not matter.
	Pre, Post map[Name][]string

	aliases map[string][]alias // by the text before the first ":"
}

type alias struct {
	pattern string
	module  Name
}

// NewIndex returns an index without modules.
func NewIndex() *Index {
	return &Index{
		Files: map[Name]string{}, Deps: map[Name][]Name{},
		Pre: map[Name][]string{}, Post: map[Name][]string{},
		aliases: map[string][]alias{},
	}
}

// ReadIndex reads modules.dep, and modules.alias and modules.softdep where they
// are there, from the root of a module tree.
func ReadIndex(tree fs.FS) (*Index, error) {
	x := NewIndex()
	for _, f := range []struct {
		name     string
		add      func(line string) error
		required bool
	}{
		{"modules.dep", x.addDep, true},
		{"modules.alias", x.addAliasLine, false},
		{"modules.softdep", x.addSoftdep, false},
	} {
		text, err := fs.ReadFile(tree, f.name)
		if errors.Is(err, fs.ErrNotExist) && !f.required {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := eachLine(string(text), f.add); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return x, nil
}

// eachLine calls f for every line that is not empty and not a comment.
func eachLine(text string, f func(line string) error) error {
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := f(line); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return nil
}

// addDep reads "kernel/a.ko: kernel/b.ko kernel/c.ko".
func (x *Index) addDep(line string) error {
	file, rest, ok := strings.Cut(line, ":")
	if !ok {
		return fmt.Errorf("no colon in %q", line)
	}
	name := NameOf(file)
	x.Files[name] = file
	var deps []Name
	for _, dep := range strings.Fields(rest) {
		deps = append(deps, NameOf(dep))
	}
	x.Deps[name] = deps
	return nil
}

// addAliasLine reads "alias PATTERN MODULE". A pattern may hold spaces.
func (x *Index) addAliasLine(line string) error {
	rest, ok := strings.CutPrefix(line, "alias ")
	end := strings.LastIndexByte(rest, ' ')
	if !ok || end <= 0 {
		return fmt.Errorf("not an alias: %q", line)
	}
	x.AddAlias(strings.TrimSpace(rest[:end]), Name(rest[end+1:]))
	return nil
}

// AddAlias says that module drives what matches pattern.
func (x *Index) AddAlias(pattern string, module Name) {
	bus := busOf(pattern)
	x.aliases[bus] = append(x.aliases[bus], alias{pattern, module})
}

// addSoftdep reads "softdep MODULE pre: A B post: C".
func (x *Index) addSoftdep(line string) error {
	fields := strings.Fields(line)
	if len(fields) < 2 || fields[0] != "softdep" {
		return fmt.Errorf("not a softdep: %q", line)
	}
	return x.AddSoftdep(NameOf(fields[1]), strings.Join(fields[2:], " "))
}

// AddSoftdep adds the soft dependencies of module, written "pre: A B post: C".
func (x *Index) AddSoftdep(module Name, text string) error {
	var into map[Name][]string
	for _, word := range strings.Fields(text) {
		switch {
		case word == "pre:":
			into = x.Pre
		case word == "post:":
			into = x.Post
		case into == nil:
			return fmt.Errorf("%s: softdep %q names neither pre: nor post:", module, text)
		default:
			into[module] = append(into[module], word)
		}
	}
	return nil
}

// busOf is the part of a modalias or pattern that names the bus. Patterns with
// a wildcard in it are kept under "", where every lookup also searches.
func busOf(s string) string {
	bus, _, ok := strings.Cut(s, ":")
	if !ok || strings.ContainsAny(bus, "*?[") {
		return ""
	}
	return bus
}

// Match returns the modules that drive the device with this modalias, or that
// bear this alias, in the index's order, each once.
func (x *Index) Match(modalias string) []Name {
	var found []Name
	seen := map[Name]bool{}
	search := func(list []alias) {
		for _, a := range list {
			if !seen[a.module] && matchGlob(a.pattern, modalias) {
				seen[a.module] = true
				found = append(found, a.module)
			}
		}
	}
	search(x.aliases[""])
	if bus := busOf(modalias); bus != "" {
		search(x.aliases[bus])
	}
	return found
}

// Resolve returns the modules that are meant by a module name or an alias.
func (x *Index) Resolve(nameOrAlias string) []Name {
	if name := NameOf(nameOrAlias); x.Files[name] != "" {
		return []Name{name}
	}
	return x.Match(nameOrAlias)
}
