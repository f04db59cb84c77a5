package registry

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// ErrNoControlSet: the hive has no control set at all.
var ErrNoControlSet = errors.New("the SYSTEM hive has no control set")

// EveryControlSet calls edit for every control set of the SYSTEM hive that e
// edits. All of them count: the loader starts the one that Select\Default
// names, or LastKnownGood when a person asks for it, and Windows makes the next
// one out of the one that it started. After an error the editor holds a part of
// the changes and must be thrown away. Errors wrap ErrNotSystem,
// ErrNoControlSet or what edit returns.
func EveryControlSet(e *regf.Editor, edit func(set *ControlSet) error) error {
	s, err := OpenSystem(e.Hive())
	if err != nil {
		return err
	}
	sets, err := s.ControlSets()
	if err != nil {
		return err
	}
	if len(sets) == 0 {
		return ErrNoControlSet
	}
	for _, set := range sets {
		if err := edit(set); err != nil {
			return fmt.Errorf("%s: %w", set.Path, err)
		}
	}
	return nil
}

// Bootable returns the control sets that the loader may start: Default, and
// LastKnownGood where that is another one. Problems are sentences about what
// Select names and the hive has not.
func (s *System) Bootable() (sets []*ControlSet, problems []string, err error) {
	for _, role := range []struct {
		name string
		n    Number
	}{{"Default", s.Select.Default}, {"LastKnownGood", s.Select.LastKnownGood}} {
		if !role.n.Present {
			if role.name == "Default" {
				problems = append(problems, "Select has no value Default, so that the loader does not know which control set to start")
			}
			continue
		}
		if len(sets) > 0 && sets[0].Number == role.n.N {
			continue
		}
		set, err := s.ControlSet(role.n.N)
		if errors.Is(err, regf.ErrNotExist) {
			problems = append(problems, fmt.Sprintf(`Select\%s names ControlSet%03d, which does not exist`, role.name, role.n.N))
			continue
		}
		if err != nil {
			return sets, problems, err
		}
		sets = append(sets, set)
	}
	return sets, problems, nil
}

// SetStart changes when a service of the control set starts. Where the service
// has a StartOverride, which Windows 8 and later go by instead of Start, its
// values are set as well: Windows writes 3 there for the storage drivers that
// the machine it was installed on did not need. Nothing is written where
// everything is so already. Errors wrap regf.ErrNotExist when there is no such
// service, or a key without Start, which is none.
func (c *ControlSet) SetStart(e *regf.Editor, service string, start uint32) error {
	s, err := c.Service(service)
	if err != nil {
		return err
	}
	if !s.HasStart {
		return fmt.Errorf("service %q has no Start: %w", service, regf.ErrNotExist)
	}
	if err := e.SetValue(s.KeyPath, "Start", regf.RegDWORD, DWORD(start)); err != nil {
		return err
	}
	for _, o := range s.StartOverride {
		if err := e.SetValue(s.KeyPath+`\StartOverride`, o.Name, regf.RegDWORD, DWORD(start)); err != nil {
			return err
		}
	}
	return nil
}

// PutService writes a service into the control set, keeping what else is in its
// key: Start, Type, ErrorControl, and Tag, Group and ImagePath where they are
// not empty. Its StartOverride is replaced by that of s. The loader of Windows
// skips services whose group is not in ServiceGroupOrder, so that Group should
// be one that is.
func (c *ControlSet) PutService(e *regf.Editor, s *Service) error {
	path := c.Path + `\Services\` + s.Name
	if s.Name == "" || strings.Contains(s.Name, `\`) {
		return fmt.Errorf("service %q: %w", s.Name, regf.ErrNotExist)
	}
	if err := e.CreateKey(path); err != nil {
		return err
	}
	set := func(name string, typ regf.Type, data []byte) func() error {
		return func() error { return e.SetValue(path, name, typ, data) }
	}
	steps := []func() error{
		set("Type", regf.RegDWORD, DWORD(s.Type)), set("Start", regf.RegDWORD, DWORD(s.Start)),
		set("ErrorControl", regf.RegDWORD, DWORD(s.ErrorControl)),
	}
	if s.HasTag {
		steps = append(steps, set("Tag", regf.RegDWORD, DWORD(s.Tag)))
	}
	if s.ImagePath != "" {
		steps = append(steps, set("ImagePath", regf.RegExpandSZ, SZ(s.ImagePath)))
	}
	if s.Group != "" {
		steps = append(steps, set("Group", regf.RegSZ, SZ(s.Group)))
	}
	steps = append(steps, func() error { return putOverride(e, path+`\StartOverride`, s.StartOverride) })
	for _, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("service %q: %w", s.Name, err)
		}
	}
	return nil
}

func putOverride(e *regf.Editor, path string, values []NamedDWORD) error {
	if err := e.DeleteKey(path, true); err != nil && !errors.Is(err, regf.ErrNotExist) {
		return err
	}
	if len(values) == 0 {
		return nil
	}
	if err := e.CreateKey(path); err != nil {
		return err
	}
	for _, v := range values {
		if err := e.SetValue(path, v.Name, regf.RegDWORD, DWORD(v.Value)); err != nil {
			return err
		}
	}
	return nil
}

// PutCriticalDevice writes an entry of the critical device database. The id may
// have backslashes, as in Enum.
func (c *ControlSet) PutCriticalDevice(e *regf.Editor, id, service, classGUID string) error {
	path := c.Path + `\` + cddbPath + `\` + CriticalDeviceID(id)
	err := e.CreateKey(path)
	if err == nil {
		err = e.SetValue(path, "Service", regf.RegSZ, SZ(service))
	}
	if err == nil {
		err = e.SetValue(path, "ClassGUID", regf.RegSZ, SZ(classGUID))
	}
	return err
}

// PutClassFilters writes the filter lists of a class that exists; an empty list
// removes its value. See ClassFilter.
func (c *ControlSet) PutClassFilters(e *regf.Editor, f *ClassFilters) error {
	for name, list := range map[string][]string{"UpperFilters": f.Upper, "LowerFilters": f.Lower} {
		path := c.Path + `\` + classPath + `\` + f.GUID
		var err error
		if len(list) > 0 {
			err = e.SetValue(path, name, regf.RegMultiSZ, MultiSZ(list...))
		} else if err = e.DeleteValue(path, name); errors.Is(err, regf.ErrNotExist) {
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}
