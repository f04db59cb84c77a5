package bootchain

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// FilterList is a value UpperFilters or LowerFilters that Windows goes by when
// it starts the devices on the way to its volume: of a setup class, of a device
// (Enum), of the critical device database, or kept from setup for the first
// start.
type FilterList struct {
	KeyPath string // from the root of the hive
	Value   string // name of the value, as stored
	Type    regf.Type
	Data    []byte
	Names   []string
	Set     *registry.ControlSet // in which its services are looked up
	Class   string               // GUID in capitals, "" when not known
}

// classes are those whose devices lie on the way to the boot volume, and CD
// drives, whose filters break with the same burning programs.
func classes() []string {
	return []string{registry.ClassDisk, registry.ClassCDROM, registry.ClassHDC, registry.ClassSCSIAdapter, registry.ClassVolume, registry.ClassSystem}
}

// OnBootPath reports whether Windows does not start when the list fails.
func (l FilterList) OnBootPath() bool { return !strings.EqualFold(l.Class, registry.ClassCDROM) }

// FilterLists reads the lists of every control set, and what setup left for the
// first start. With an error come those that could be read.
func FilterLists(w *inspect.Installation) ([]FilterList, error) {
	return filterLists(w, false)
}

// AllFilterLists reads the lists of every class and device.
func AllFilterLists(w *inspect.Installation) ([]FilterList, error) { return filterLists(w, true) }

func filterLists(w *inspect.Installation, every bool) ([]FilterList, error) {
	r := filterReader{hive: w.System.Hive, every: every}
	for _, set := range w.ControlSets {
		r.set = set
		r.below(set.Path+`\Control\Class`, func(k *regf.Key, path string) {
			if r.wants(k.Name()) {
				r.values(k, path, k.Name())
			}
		})
		r.database(set.Path + `\Control\CriticalDeviceDatabase`)
		r.devices(set.Path + `\Enum`)
	}
	if boot, err := w.System.ControlSet(bootSet(w.System)); err == nil {
		r.set = boot
		for _, class := range classes() {
			r.read(`Setup\FirstBoot\Filters\`+class, class)
		}
	}
	return r.lists, errors.Join(r.errs...)
}

type filterReader struct {
	hive  *regf.Hive
	every bool // of all classes
	set   *registry.ControlSet
	lists []FilterList
	errs  []error
}

func (r *filterReader) problem(err error) {
	if err != nil && !errors.Is(err, regf.ErrNotExist) && len(r.errs) < 10 {
		r.errs = append(r.errs, err)
	}
}

// read takes the lists of the key at path.
func (r *filterReader) read(path, class string) {
	k, err := r.hive.Key(path)
	if err != nil {
		r.problem(err)
		return
	}
	r.values(k, path, class)
}

func (r *filterReader) values(k *regf.Key, path, class string) {
	for _, name := range []string{"UpperFilters", "LowerFilters"} {
		v, err := k.Value(name)
		if err != nil {
			r.problem(err)
			continue
		}
		l := FilterList{KeyPath: path, Value: v.Name(), Type: v.Type(), Set: r.set, Class: strings.ToUpper(class)}
		if l.Data, err = v.Data(); err != nil {
			r.problem(err)
			continue
		}
		if l.Type == regf.RegSZ { // some installers leave one
			text, err := v.Text()
			r.problem(err)
			l.Names = append(l.Names, text)
		} else if l.Names, err = v.MultiString(); err != nil {
			r.problem(fmt.Errorf("key %s: %w", path, err))
			continue
		}
		r.lists = append(r.lists, l)
	}
}

// database reads the entries of the critical device database: Windows 2000 takes
// the filters from there when it meets a device first (KB 884574).
func (r *filterReader) database(path string) {
	r.below(path, func(k *regf.Key, path string) { r.known(k, path) })
}

// devices reads the instances of all devices.
func (r *filterReader) devices(path string) {
	r.below(path, func(_ *regf.Key, bus string) {
		r.below(bus, func(_ *regf.Key, device string) {
			r.below(device, r.known)
		})
	})
}

func (r *filterReader) wants(class string) bool {
	return r.every || slices.ContainsFunc(classes(), func(c string) bool { return strings.EqualFold(c, class) })
}

// known takes the lists of a device of one of the classes.
func (r *filterReader) known(k *regf.Key, path string) {
	v, err := k.Value("ClassGUID")
	if err != nil {
		r.problem(err)
		if r.every {
			r.values(k, path, "")
		}
		return
	}
	class, err := v.Text()
	if err != nil {
		r.problem(err)
		return
	}
	if r.wants(class) {
		r.values(k, path, class)
	}
}

func (r *filterReader) below(path string, visit func(k *regf.Key, path string)) {
	k, err := r.hive.Key(path)
	if err != nil {
		r.problem(err)
		return
	}
	keys, err := k.Subkeys()
	r.problem(err)
	for _, sub := range keys {
		visit(sub, path+`\`+sub.Name())
	}
}

// FilterFault says why a filter of that name cannot be attached, "" when it can
// or when it cannot be told.
func FilterFault(w *inspect.Installation, set *registry.ControlSet, name string) string {
	s, err := set.Service(name)
	switch {
	case errors.Is(err, regf.ErrNotExist):
		return "there is no service " + name
	case err != nil:
		return ""
	case !s.HasStart:
		return fmt.Sprintf("the key of service %s has no Start value", name)
	case s.Start == registry.StartDisabled:
		return fmt.Sprintf("service %s is disabled (Start 4)", name)
	}
	if _, err := DriverFile(w, s); errors.Is(err, ErrNoDriver) {
		return err.Error()
	}
	return ""
}

// IsStockFilter reports whether Windows itself puts the filter into the lists:
// without it the devices do not work as they should, and its name is not to be
// removed.
func IsStockFilter(name string) bool {
	for _, n := range strings.Fields("partmgr volsnap fvevol rdyboost iorate ehstorclass storqosflt volmgrx spldr") {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}
