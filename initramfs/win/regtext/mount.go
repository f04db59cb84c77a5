package regtext

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// Mapping says that a path of a file means a key of the hive. It holds for what
// is below, too.
type Mapping struct {
	From string // e.g. HKEY_LOCAL_MACHINE\server1\system
	To   string // from the hive's root, "" for the root itself; may start with CurrentControlSet
}

// ParseMapping reads FROM=TO.
func ParseMapping(s string) (Mapping, error) {
	i := strings.LastIndexByte(s, '=')
	if i < 1 {
		return Mapping{}, fmt.Errorf(`mapping %q: want FROM=TO, e.g. HKEY_LOCAL_MACHINE\server1=ControlSet001`, s)
	}
	return Mapping{strings.TrimRight(s[:i], `\`), strings.Trim(s[i+1:], `\`)}, nil
}

// Errors of Resolve beside ErrMapping, which both wrap.
var (
	// ErrOtherHive: the path means a key of another hive.
	ErrOtherHive = fmt.Errorf("%w: it belongs to another hive", ErrMapping)
	// errBare: a path names a hive that somebody loaded, and nothing in it.
	errBare = fmt.Errorf("%w: it names a loaded hive and no key in it, so that it is not certain that it means this hive; map it", ErrMapping)
)

// Mount finds the keys of one hive that the paths of a file mean.
//
//   - What a mapping says comes first; the longest that fits. Behind one to the
//     hive's root a superfluous \system\ is left out as below.
//   - HKEY_LOCAL_MACHINE\SYSTEM (or SOFTWARE, ...) is the root of a hive of that
//     kind. Of others it is ErrOtherHive.
//   - CurrentControlSet, which exists in a running Windows only, is every control
//     set that the hive has. A ControlSetNNN that it has not is refused: a new
//     one would be a control set with hardly anything in it.
//   - HKEY_LOCAL_MACHINE\name and HKEY_USERS\name with any other name is a file
//     that was made for this hive, loaded under that name, when what follows is
//     a key that the hive has. A superfluous \system\ after either form is left
//     out when what follows it then is such a key and "system" is none.
//   - A path that starts with a backslash counts from the hive's root.
//   - Everything else is ErrMapping, with what to do about it.
type Mount struct {
	hive  *regf.Hive
	kind  registry.Kind
	maps  []mapping
	links links
	led   []Led
}

type mapping struct {
	text string
	from []string
	to   string
}

// Led says which keys of the hive a path was taken to mean that somebody mapped, or
// that this package guessed: a hive loaded under a name of its own, a
// superfluous name.
type Led struct {
	From    string   `json:"from"`
	To      []string `json:"to"` // from the hive's root, which is ""
	Guessed bool     `json:"guessed"`
}

// Led lists them, each once, in the order they were met.
func (m *Mount) Led() []Led { return m.led }

// leads notes that from, a path without what follows, means to.
func (m *Mount) leads(from, to string, guessed bool) {
	for _, l := range m.led {
		if l.Guessed == guessed && regf.EqualFold(l.From, from) {
			return
		}
	}
	all, err := m.controlSets(strings.Split(to, `\`))
	if to == "" || err != nil { // the path itself will tell why
		all = []string{to}
	}
	m.led = append(m.led, Led{from, all, guessed})
}

// NewMount looks at the hive. It may be the live view of an editor. Errors come
// from reading the hive, or say what is wrong with a mapping.
func NewMount(h *regf.Hive, maps []Mapping) (*Mount, error) {
	kind, err := registry.KindOf(h)
	if err != nil {
		return nil, err
	}
	m := &Mount{hive: h, kind: kind, links: links{}}
	for _, one := range maps {
		from, err := split(one.From)
		if err != nil {
			return nil, fmt.Errorf("mapping: %w", err)
		}
		m.maps = append(m.maps, mapping{one.From, from, one.To})
	}
	return m, nil
}

// Kind is the kind of the hive.
func (m *Mount) Kind() registry.Kind { return m.kind }

// Resolve returns the paths from the hive's root that a path means: one, or one
// for each control set.
func (m *Mount) Resolve(path string) ([]string, error) {
	parts, err := split(path)
	if err != nil {
		return nil, err
	}
	inHive, err := m.place(parts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown(path), err)
	}
	all, err := m.controlSets(inHive)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown(path), err)
	}
	return all, nil
}

// shown is a path for messages.
func shown(path string) string {
	if path == "" {
		return `""`
	}
	return path
}

// split separates the names; the first is the full name of a root key, or ""
// for a path that counts from the hive's root.
func split(path string) ([]string, error) {
	parts := strings.Split(path, `\`)
	if len(parts) == 2 && parts[0] == "" && parts[1] == "" {
		return parts[:1], nil // the root alone
	}
	for _, p := range parts[1:] {
		if p == "" {
			return nil, fmt.Errorf("%s: %w: a name between two backslashes is empty", path, ErrMapping)
		}
	}
	for short, long := range map[string]string{"HKLM": machineRoot, "HKU": usersRoot, "HKCU": userRoot, "HKCR": classesRoot, "HKCC": configRoot} {
		if regf.EqualFold(parts[0], short) {
			parts[0] = long
		}
	}
	return parts, nil
}

// The root keys.
const (
	machineRoot = "HKEY_LOCAL_MACHINE"
	usersRoot   = "HKEY_USERS"
	userRoot    = "HKEY_CURRENT_USER"
	classesRoot = "HKEY_CLASSES_ROOT"
	configRoot  = "HKEY_CURRENT_CONFIG"
)

// place finds the path in the hive, CurrentControlSet being left as it is.
func (m *Mount) place(parts []string) ([]string, error) {
	if rest, ok, err := m.mapped(parts); ok || err != nil {
		return rest, err
	}
	root := parts[0]
	switch {
	case root == "":
		return parts[1:], nil
	case regf.EqualFold(root, userRoot):
		if m.kind != registry.KindUser {
			return nil, ErrOtherHive
		}
		return parts[1:], nil
	case regf.EqualFold(root, classesRoot):
		return nil, fmt.Errorf("%w: in Windows it is Software\\Classes of the machine and of the user at once; map it, e.g. --map HKEY_CLASSES_ROOT=Classes for a SOFTWARE hive", ErrMapping)
	case regf.EqualFold(root, configRoot):
		return nil, fmt.Errorf("%w: which hardware profile is the current one is not known before Windows runs", ErrMapping)
	case !regf.EqualFold(root, machineRoot) && !regf.EqualFold(root, usersRoot):
		return nil, fmt.Errorf("%w: %q is no root key of the registry", ErrMapping, root)
	case len(parts) == 1:
		return nil, fmt.Errorf("%w: it is no key of any hive", ErrMapping)
	}
	return m.mounted(root, parts[1], parts[2:])
}

// mapped applies the longest mapping that fits.
func (m *Mount) mapped(parts []string) (rest []string, ok bool, err error) {
	var best *mapping
	for i, one := range m.maps {
		if best != nil && len(one.from) <= len(best.from) || len(one.from) > len(parts) {
			continue
		}
		same := true
		for i, name := range one.from {
			same = same && regf.EqualFold(name, parts[i])
		}
		if same {
			best = &m.maps[i]
		}
	}
	if best == nil {
		return nil, false, nil
	}
	from := best.text
	rest = parts[len(best.from):]
	if best.to == "" {
		first, second, err := m.known(rest)
		if err != nil {
			return nil, false, err
		}
		superfluous := !first && len(rest) > 0 && m.kind != registry.KindUnknown && regf.EqualFold(rest[0], string(m.kind))
		switch {
		case second && !first:
			from, rest = from+`\`+rest[0], rest[1:]
		case superfluous && len(rest) == 1:
			return nil, false, errBare
		case superfluous:
			return nil, false, fmt.Errorf(`%w: neither %s nor %s is a key of the hive; map it, e.g. --map %s\%s=`, ErrMapping, rest[0], rest[1], from, rest[0])
		}
	} else {
		rest = append(strings.Split(best.to, `\`), rest...)
	}
	m.leads(from, best.to, false)
	return rest, true, nil
}

// known tells whether the first name is a key of the hive's root, and whether it is
// the name of a hive like this one and the second name is such a key, so that the
// first one may be superfluous.
func (m *Mount) known(rest []string) (first, second bool, err error) {
	if len(rest) == 0 {
		return false, false, nil
	}
	if first, err = m.has(rest[0]); err != nil {
		return false, false, err
	}
	if len(rest) > 1 && m.kind != registry.KindUnknown && regf.EqualFold(rest[0], string(m.kind)) {
		second, err = m.has(rest[1])
	}
	return first, second, err
}

// mounted is a path below the name of a hive.
func (m *Mount) mounted(root, name string, rest []string) ([]string, error) {
	own := root == usersRoot && m.kind == registry.KindUser && regf.EqualFold(name, ".DEFAULT") ||
		regf.EqualFold(root+`\`+name, m.kind.Mount())
	if of := registry.KindMounted(name); !own && of != registry.KindUnknown && regf.EqualFold(root, machineRoot) {
		return nil, fmt.Errorf("%w, %s", ErrOtherHive, of)
	}
	if len(rest) == 0 {
		if own {
			return nil, nil
		}
		return nil, errBare
	}
	first, second, err := m.known(rest)
	if err != nil {
		return nil, err
	}
	at := root + `\` + name
	switch {
	case first && second:
		return nil, fmt.Errorf(`%w: both %s and %s are keys of the hive; map it, e.g. --map %s=`, ErrMapping, rest[0], rest[1], at)
	case second:
		m.leads(at+`\`+rest[0], "", true)
		return rest[1:], nil
	case first || own:
		if !own {
			m.leads(at, "", true)
		}
		return rest, nil
	}
	return nil, fmt.Errorf(`%w: the hive has no key %s, so that it is not certain that %s means this hive; map it, e.g. --map %s\%s=`,
		ErrMapping, rest[0], name, root, name)
}

// has tells whether the hive's root has a key, or would have it in Windows.
func (m *Mount) has(name string) (bool, error) {
	if m.kind == registry.KindSystem && regf.EqualFold(name, current) {
		return true, nil
	}
	_, err := m.hive.Key(name)
	if errors.Is(err, regf.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

const current = "CurrentControlSet"

// controlSets replaces CurrentControlSet, and wants other control sets to exist.
func (m *Mount) controlSets(parts []string) ([]string, error) {
	path := strings.Join(parts, `\`)
	if m.kind != registry.KindSystem || len(parts) == 0 {
		return []string{path}, nil
	}
	_, numbered := registry.ControlSetNumber(parts[0])
	isCurrent := regf.EqualFold(parts[0], current)
	if !numbered && !isCurrent {
		return []string{path}, nil
	}
	if len(parts) > 2 && regf.EqualFold(parts[1], "Hardware Profiles") && regf.EqualFold(parts[2], "Current") {
		return nil, fmt.Errorf("%w: which hardware profile is the current one is not known before Windows runs: %w", ErrMapping, ErrLink)
	}
	sys, err := registry.OpenSystem(m.hive)
	if err != nil {
		return nil, err
	}
	sets, err := sys.ControlSets()
	if err != nil {
		return nil, err
	}
	var all, have []string
	for _, set := range sets {
		have = append(have, set.Path)
		if isCurrent || regf.EqualFold(set.Path, parts[0]) {
			all = append(all, strings.Join(append([]string{set.Path}, parts[1:]...), `\`))
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: the hive has the control sets %q only; map it to one of them", ErrMapping, have)
	}
	return all, nil
}
