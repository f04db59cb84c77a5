package registry

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// ErrNotSystem: the hive is a registry hive, but not a SYSTEM hive.
var ErrNotSystem = errors.New("not a SYSTEM hive")

// Number is a DWORD value that may be absent.
type Number struct {
	N       uint32
	Present bool
}

// Select tells which control set plays which role; N is the number in
// ControlSet00N. The loader starts Default, not Current.
type Select struct {
	Current, Default, Failed, LastKnownGood Number
}

// System is a SYSTEM hive.
type System struct {
	Hive   *regf.Hive
	Select Select
}

// OpenSystem reads the Select key. Errors wrap ErrNotSystem when there is no
// such key, regf.ErrDamaged when it cannot be read.
func OpenSystem(h *regf.Hive) (*System, error) {
	k, err := h.Key("Select")
	if errors.Is(err, regf.ErrNotExist) {
		return nil, fmt.Errorf("%w: it has no key Select", ErrNotSystem)
	}
	if err != nil {
		return nil, err
	}
	s := &System{Hive: h}
	for name, n := range map[string]*Number{"Current": &s.Select.Current, "Default": &s.Select.Default,
		"Failed": &s.Select.Failed, "LastKnownGood": &s.Select.LastKnownGood} {
		if *n, err = number(k, name); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// ControlSet is one ControlSet00N.
type ControlSet struct {
	System *System
	Number uint32
	Path   string // key path: "ControlSet001"
}

// ControlSets returns the control sets that exist, by number; numbers may have
// gaps. With an error come those that could be read.
func (s *System) ControlSets() ([]*ControlSet, error) {
	root, err := s.Hive.Root()
	if err != nil {
		return nil, err
	}
	keys, err := root.Subkeys()
	var sets []*ControlSet
	for _, k := range keys {
		if n, ok := ControlSetNumber(k.Name()); ok {
			sets = append(sets, &ControlSet{s, n, k.Name()})
		}
	}
	slices.SortFunc(sets, func(a, b *ControlSet) int { return int(a.Number) - int(b.Number) })
	return sets, err
}

// ControlSet returns the control set with a number. Errors wrap regf.ErrNotExist.
func (s *System) ControlSet(n uint32) (*ControlSet, error) {
	path := fmt.Sprintf("ControlSet%03d", n)
	if _, err := s.Hive.Key(path); err != nil {
		return nil, err
	}
	return &ControlSet{s, n, path}, nil
}

// ControlSetNumber parses "ControlSetNNN", ignoring case.
func ControlSetNumber(name string) (uint32, bool) {
	const prefix = "ControlSet"
	if len(name) != len(prefix)+3 || !regf.EqualFold(name[:len(prefix)], prefix) {
		return 0, false
	}
	var n uint32
	for _, c := range name[len(prefix):] {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint32(c-'0')
	}
	return n, true
}

// Roles says what Select makes of the control set, e.g. "Current, Default".
func (c *ControlSet) Roles() []string {
	var roles []string
	sel := c.System.Select
	for _, r := range []struct {
		name string
		n    Number
	}{{"Current", sel.Current}, {"Default", sel.Default}, {"Failed", sel.Failed}, {"LastKnownGood", sel.LastKnownGood}} {
		if r.n.Present && r.n.N == c.Number {
			roles = append(roles, r.name)
		}
	}
	return roles
}

// Architecture is PROCESSOR_ARCHITECTURE of the system environment: "x86",
// "AMD64", "ARM64", "IA64". Errors wrap regf.ErrNotExist.
func (c *ControlSet) Architecture() (string, error) {
	return c.text(`Control\Session Manager\Environment`, "PROCESSOR_ARCHITECTURE")
}

// ProductType is "WinNT" for workstations, "ServerNT" for servers, "LanmanNT"
// for domain controllers. Errors wrap regf.ErrNotExist.
func (c *ControlSet) ProductType() (string, error) {
	return c.text(`Control\ProductOptions`, "ProductType")
}

// ServiceGroupOrder lists the load order groups, first loaded first. Errors
// wrap regf.ErrNotExist.
func (c *ControlSet) ServiceGroupOrder() ([]string, error) {
	v, err := c.value(`Control\ServiceGroupOrder`, "List")
	if err != nil {
		return nil, err
	}
	return v.MultiString()
}

func (c *ControlSet) key(path string) (*regf.Key, error) {
	return c.System.Hive.Key(c.Path + `\` + path)
}

func (c *ControlSet) value(path, name string) (*regf.Value, error) {
	k, err := c.key(path)
	if err != nil {
		return nil, err
	}
	return k.Value(name)
}

func (c *ControlSet) text(path, name string) (string, error) {
	v, err := c.value(path, name)
	if err != nil {
		return "", err
	}
	return v.Text()
}

// number reads a DWORD that may be absent.
func number(k *regf.Key, name string) (Number, error) {
	v, err := k.Value(name)
	if errors.Is(err, regf.ErrNotExist) {
		return Number{}, nil
	}
	if err != nil {
		return Number{}, err
	}
	n, err := v.DWORD()
	if err != nil {
		return Number{}, fmt.Errorf("key %q: %w", k.Name(), err)
	}
	return Number{n, true}, nil
}

// optionalText reads a string that may be absent.
func optionalText(k *regf.Key, name string) (string, error) {
	v, err := k.Value(name)
	if errors.Is(err, regf.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	s, err := v.Text()
	if err != nil {
		return "", fmt.Errorf("key %q: %w", k.Name(), err)
	}
	return s, nil
}
