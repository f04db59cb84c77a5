package modules

import (
	_ "embed"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/pid1/kmod"
)

//go:embed modules.txt
var defaultList string

// List says which modules an image shall have.
type List struct {
	wanted []entry
}

type entry struct {
	name     kmod.Name // or:
	pattern  string    // of path.Match on the path below "kernel/", no suffix
	optional bool
	exclude  bool
	asked    bool // by a person, who shall hear when it has no effect
}

// Default is the list for rescue images.
func Default() (List, error) { return ParseList(defaultList) }

// ParseList reads a list: one module name or path pattern per line; "?" at the
// end: not every kernel has it; "-" at the start: not this one, whatever a
// pattern above says; "#" starts a comment.
func ParseList(text string) (List, error) {
	var l List
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		var e entry
		line, e.exclude = strings.CutPrefix(line, "-")
		line, e.optional = strings.CutSuffix(line, "?")
		if strings.Contains(line, "/") {
			e.pattern = line
		} else {
			e.name = kmod.NameOf(line)
		}
		if _, err := path.Match(e.pattern, ""); err != nil || strings.ContainsAny(line, " \t") || line == "" {
			return List{}, fmt.Errorf("module list: bad line %q", line)
		}
		l.wanted = append(l.wanted, e)
	}
	return l, nil
}

// With returns the list with a person's lines at its end: of these one that excludes what
// the kernel has not is an error of Choose, too.
func (l List) With(lines ...string) (List, error) {
	more, err := ParseList(strings.Join(lines, "\n"))
	for i := range more.wanted {
		more.wanted[i].asked = true
	}
	return List{wanted: append(l.wanted[:len(l.wanted):len(l.wanted)], more.wanted...)}, err
}

// Optional returns the list in which these modules may be missing.
func (l List) Optional(names ...kmod.Name) List {
	wanted := slices.Clone(l.wanted)
	for i := range wanted {
		wanted[i].optional = wanted[i].optional || slices.Contains(names, wanted[i].name)
	}
	return List{wanted}
}

// choose returns the names of the list that the tree has, and those that it
// lacks although the list does not say "?". files has the paths below
// "kernel/" without suffix, by name; builtin are the modules that the kernel
// has inside.
func (l List) choose(files map[kmod.Name]string, builtin map[kmod.Name]bool) (chosen map[kmod.Name]bool, missing []string) {
	chosen = map[kmod.Name]bool{}
	for _, e := range l.wanted {
		hit := false
		for name, file := range files {
			match := name == e.name
			if e.pattern != "" {
				match, _ = path.Match(e.pattern, file)
			}
			if !match {
				continue
			}
			hit = true
			if e.exclude {
				delete(chosen, name)
			} else {
				chosen[name] = true
			}
		}
		switch {
		case hit || e.optional:
		case e.exclude && e.asked && builtin[e.name]:
			missing = append(missing, "-"+string(e.name)+" (it is a part of the kernel itself, which cannot be left out)")
		case e.exclude && e.asked:
			missing = append(missing, "-"+string(e.name)+e.pattern+alike(e.name, files))
		case !e.exclude && !builtin[e.name]:
			missing = append(missing, string(e.name)+e.pattern+alike(e.name, files))
		}
	}
	return chosen, missing
}

// checkExcluded: a module that a person wants to have left out is not there because others
// need it.
func (l List) checkExcluded(index *kmod.Index) error {
	for _, e := range l.wanted {
		if !e.exclude || !e.asked || e.name == "" || index.Files[e.name] == "" {
			continue
		}
		var by []string
		for _, name := range slices.Sorted(maps.Keys(index.Deps)) {
			if slices.Contains(index.Deps[name], e.name) {
				by = append(by, string(name))
			}
		}
		if len(by) == 0 { // asked for again by a later line
			continue
		}
		return fmt.Errorf("module %s cannot be left out alone: %s need it", e.name, strings.Join(by[:min(8, len(by))], ", "))
	}
	return nil
}

// alike names modules that may have been meant: they begin the same way, or one name
// holds the other.
func alike(name kmod.Name, files map[kmod.Name]string) string {
	const most, letters = 5, 4
	var names []string
	for _, other := range slices.Sorted(maps.Keys(files)) {
		a, b := string(name), string(other)
		if len(a) >= letters && (strings.Contains(b, a) || len(b) >= letters && (strings.HasPrefix(b, a[:letters]) || strings.Contains(a, b))) {
			names = append(names, b)
		}
	}
	if len(names) == 0 || len(names) > 8*most {
		return ""
	}
	return " (there are " + strings.Join(names[:min(most, len(names))], ", ") + ")"
}
