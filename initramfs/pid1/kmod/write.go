package kmod

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Closure returns names and everything they need or would like to have loaded
// with them, sorted. Names that the index does not hold are left out.
func (x *Index) Closure(names []Name) []Name {
	seen := map[Name]bool{}
	work := slices.Clone(names)
	for len(work) > 0 {
		name := work[len(work)-1]
		work = work[:len(work)-1]
		if seen[name] || x.Files[name] == "" {
			continue
		}
		seen[name] = true
		work = append(work, x.Deps[name]...)
		for _, soft := range slices.Concat(x.Pre[name], x.Post[name]) {
			work = append(work, x.Resolve(soft)...)
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Subset returns an index of these modules only.
func (x *Index) Subset(names []Name) *Index {
	sub := NewIndex()
	for _, name := range names {
		sub.Files[name] = x.Files[name]
		sub.Deps[name] = x.Deps[name]
		if pre := x.Pre[name]; pre != nil {
			sub.Pre[name] = pre
		}
		if post := x.Post[name]; post != nil {
			sub.Post[name] = post
		}
	}
	for _, bus := range slices.Sorted(maps.Keys(x.aliases)) {
		for _, a := range x.aliases[bus] {
			if sub.Files[a.module] != "" {
				sub.AddAlias(a.pattern, a.module)
			}
		}
	}
	return sub
}

// Texts returns the index as files, by name. The same index gives the same
// bytes.
func (x *Index) Texts() map[string]string {
	return map[string]string{
		"modules.dep": x.depText(), "modules.alias": x.aliasText(), "modules.softdep": x.softdepText(),
	}
}

func (x *Index) depText() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(x.Files)) {
		b.WriteString(x.Files[name] + ":")
		for _, dep := range x.Deps[name] {
			if file := x.Files[dep]; file != "" {
				b.WriteString(" " + file)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (x *Index) aliasText() string {
	var lines []string
	for _, list := range x.aliases {
		for _, a := range list {
			lines = append(lines, fmt.Sprintf("alias %s %s\n", a.pattern, a.module))
		}
	}
	slices.Sort(lines)
	return strings.Join(slices.Compact(lines), "")
}

func (x *Index) softdepText() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(x.Files)) {
		pre, post := x.Pre[name], x.Post[name]
		if len(pre)+len(post) == 0 {
			continue
		}
		fmt.Fprintf(&b, "softdep %s", name)
		if len(pre) > 0 {
			b.WriteString(" pre: " + strings.Join(pre, " "))
		}
		if len(post) > 0 {
			b.WriteString(" post: " + strings.Join(post, " "))
		}
		b.WriteByte('\n')
	}
	return b.String()
}
