package condition

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// What conditions of the boot manager (Vista and later) have in common.

// managerFindings asks about every boot manager. What a repair would do to a disk
// with a BitLocker volume waits until a person asks for it.
func managerFindings(p *inspect.Patient, judge func(m *bootchain.BootManager) *Finding) []Finding {
	var all []Finding
	for _, m := range bootchain.BootManagers(p) {
		f := judge(m)
		if f == nil {
			continue
		}
		if f.Volume == nil && f.Windows == nil && f.Disk == nil {
			f.Volume = m.System
		}
		if f.Fixable && m.Locked() {
			f.Confidence = Low
			f.Advice = "A volume of this disk is encrypted with BitLocker, which may ask for the recovery key after a change of the boot configuration. Have the key at hand, then name the finding: repair --only ID. " + f.Advice
		}
		all = append(all, *f)
	}
	return all
}

// storeFindings asks about every store that can be read.
func storeFindings(p *inspect.Patient, judge func(m *bootchain.BootManager) *Finding) []Finding {
	return managerFindings(p, func(m *bootchain.BootManager) *Finding {
		if m.Store == nil {
			return nil
		}
		return judge(m)
	})
}

// storeEvidence is an observation in a store; what is an object or an element.
func storeEvidence(m *bootchain.BootManager, what, expected, actual string) inspect.Evidence {
	path := m.Path
	if what != "" {
		path += " " + what
	}
	return inspect.Evidence{Volume: m.System.ID(), Path: path, Offset: -1, Expected: expected, Actual: actual}
}

// elementEvidence shows an element as bcdedit prints it.
func elementEvidence(m *bootchain.BootManager, o *bcd.Object, t bcd.ElementType, expected string) inspect.Evidence {
	actual := "missing"
	if e := o.Element(t); e != nil {
		actual = fmt.Sprint(m.Store.Show(o, e, bcd.TextOptions{}))
	}
	return storeEvidence(m, o.ID.Alias()+" "+o.Type.ElementName(t), expected, actual)
}

// managerOn is the boot manager of a volume.
func managerOn(p *inspect.Patient, v *inspect.Volume) (*bootchain.BootManager, error) {
	for _, m := range bootchain.BootManagers(p) {
		if m.System.Key() == v.Key() {
			return m, nil
		}
	}
	return nil, fmt.Errorf("%s: no boot manager is there any more", v.ID())
}

// editStore lets do change a store in memory, and returns the steps that do the same.
func editStore(p *inspect.Patient, v *inspect.Volume, why string, do func(m *bootchain.BootManager, e *bcd.Editor) error) ([]step.Step, error) {
	m, err := managerOn(p, v)
	if err != nil {
		return nil, err
	}
	if m.Store == nil {
		return nil, fmt.Errorf("%s %s: %w", v.ID(), m.Path, errors.Join(m.Err, errors.New(m.Gone)))
	}
	src, err := hivefile.OnVolume(v.FS, m.Path)
	if err != nil {
		return nil, err
	}
	f, err := hivefile.Open(src)
	if err != nil {
		return nil, err
	}
	c, err := f.Edit(hivefile.EditOptions{Version: m.NewestFirst()[0].Version}, func(h *regf.Editor) error {
		e, err := bcd.NewEditor(h)
		if err != nil {
			return err
		}
		return do(m, e)
	})
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", v.ID(), m.Path, err)
	}
	return step.HiveSteps(v, m.Path, f.Hive, c, why)
}

// writeStore is the step that puts a new store in place.
func writeStore(p *inspect.Patient, v *inspect.Volume, why string) ([]step.Step, error) {
	m, err := managerOn(p, v)
	if err != nil {
		return nil, err
	}
	content, err := m.Rebuild(p)
	if err != nil {
		return nil, err
	}
	return putFile(v, m.Path, content, why)
}

// mayWriteStore judges whether a new store could be made.
func mayWriteStore(p *inspect.Patient, m *bootchain.BootManager, f *Finding) {
	_, err := m.Rebuild(p)
	f.Fixable = err == nil
	if err != nil {
		f.Advice = fmt.Sprintf("A new store cannot be made: %v.", err)
	}
}

// startEntry is the object that starts a Windows, by partition and folder, else the
// only one with the folder; nil where there is none.
func startEntry(m *bootchain.BootManager, w *inspect.Installation) *bcd.Object {
	if o := m.Loader(w); o != nil {
		return o
	}
	var found []*bcd.Object
	for _, o := range m.Store.Objects {
		e := o.Element(bcd.ElementSystemRoot)
		if o.Type != bcd.TypeLoader || e == nil || bootchain.IsYes(o.Element(bcd.ElementWinPE)) {
			continue
		}
		if root, err := e.Text(); err == nil && fs.JoinPath(root) == fs.JoinPath(w.Root) {
			found = append(found, o)
		}
	}
	if len(found) == 1 && len(m.Windows) == 1 {
		return found[0]
	}
	return nil
}

// firstEntry is what should start by default: the first of the menu that starts a
// Windows, else that of the newest; nil where none does.
func firstEntry(m *bootchain.BootManager) (*bcd.Object, *inspect.Installation) {
	entries := map[*bcd.Object]*inspect.Installation{}
	for _, w := range m.Windows {
		if o := startEntry(m, w); o != nil {
			entries[o] = w
		}
	}
	for _, o := range bootchain.StartOrder(m.Store) {
		if w := entries[o]; w != nil {
			return o, w
		}
	}
	return nil, nil
}

// windowsEntries are the loader objects of all Windows of a manager.
func windowsEntries(m *bootchain.BootManager) []*bcd.Object {
	var all []*bcd.Object
	for _, w := range m.Windows {
		if o := startEntry(m, w); o != nil && !slices.Contains(all, o) {
			all = append(all, o)
		}
	}
	return all
}

// setDefault makes an object what starts by default, and part of the menu.
func setDefault(e *bcd.Editor, id bcd.GUID) error {
	if err := e.Set(bcd.BootManager, bcd.ElementDefault, bcd.ObjectValue(id)); err != nil {
		return err
	}
	s, err := e.Store()
	if err != nil {
		return err
	}
	if list := s.Object(bcd.BootManager).Element(bcd.ElementDisplayOrder); list != nil {
		if have, _ := list.Objects(); slices.Contains(have, id) {
			return nil
		}
	}
	return e.AddFirst(bcd.BootManager, bcd.ElementDisplayOrder, id)
}
