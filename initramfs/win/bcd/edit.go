package bcd

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// Editor changes a store through an editor of its hive. What was read before
// does not follow; Store reads it as it is then.
type Editor struct{ hive *regf.Editor }

// NewEditor starts to edit a store. Errors are those of Open.
func NewEditor(h *regf.Editor) (*Editor, error) {
	_, err := Open(h.Hive())
	return &Editor{h}, err
}

// Store reads the store as it is at the moment.
func (e *Editor) Store() (*Store, error) { return Open(e.hive.Hive()) }

// object reads an object. Errors wrap ErrNotExist.
func (e *Editor) object(id GUID) (*Object, error) {
	s, err := e.Store()
	if err != nil {
		return nil, err
	}
	o := s.Object(id)
	if o == nil {
		return nil, fmt.Errorf("%s: %w", id.Alias(), ErrNotExist)
	}
	return o, nil
}

// Set gives an object an element, or an element of an object new data. What
// means the same already stays as it is, byte for byte. Errors wrap ErrNotExist, ErrFormat
// where the value does not fit the element, or ErrLimit.
func (e *Editor) Set(id GUID, t ElementType, v Value) error {
	if t.Format() != v.Format {
		return fmt.Errorf("element %s takes %v, not %v: %w", t.Key(), t.Format(), v.Format, ErrFormat)
	}
	if len(v.Data) > maxData {
		return fmt.Errorf("element %s: %w: %d bytes", t.Key(), ErrLimit, len(v.Data))
	}
	o, err := e.object(id)
	if err != nil {
		return err
	}
	key := t.Key()
	if old := o.Element(t); old != nil {
		if old.means(v) {
			return nil
		}
		key = old.Key
	}
	path := elementPath(o.Key, key)
	if err := e.hive.CreateKey(path); err != nil {
		return err
	}
	return e.hive.SetValue(path, valueElement, v.Reg, v.Data)
}

// means reports that an element says what the value would say.
func (e *Element) means(v Value) bool {
	if e.Reg != v.Reg {
		return false
	}
	if bytes.Equal(e.Data, v.Data) {
		return true
	}
	n := &Element{Type: e.Type, Reg: v.Reg, Data: v.Data}
	switch v.Format {
	case FormatString:
		return equal(e.Text, n.Text)
	case FormatObject:
		return equal(e.Object, n.Object)
	case FormatInteger:
		return equal(e.Integer, n.Integer)
	case FormatBoolean:
		return equal(e.Boolean, n.Boolean)
	case FormatObjectList:
		a, aerr := e.Objects()
		b, berr := n.Objects()
		return aerr == nil && berr == nil && slices.Equal(a, b)
	}
	return false
}

func equal[T comparable](a, b func() (T, error)) bool {
	x, xerr := a()
	y, yerr := b()
	return xerr == nil && yerr == nil && x == y
}

// Remove takes an element away. Errors wrap ErrNotExist.
func (e *Editor) Remove(id GUID, t ElementType) error {
	o, err := e.object(id)
	if err != nil {
		return err
	}
	old := o.Element(t)
	if old == nil {
		return fmt.Errorf("%s, element %s: %w", id.Alias(), t.Key(), ErrNotExist)
	}
	return e.hive.DeleteKey(o.KeyPath(old), true)
}

// Create makes an object without elements. An object of that type that exists
// stays as it is; one of another type is an error.
func (e *Editor) Create(id GUID, t ObjectType) error {
	s, err := e.Store()
	if err != nil {
		return err
	}
	if id == DefaultEntry || id == CurrentEntry {
		return fmt.Errorf("%s stands for another object and cannot be created", id.Alias())
	}
	if o := s.Object(id); o != nil {
		if o.Type != t {
			return fmt.Errorf("%s exists and is of type %08x, not %08x", id.Alias(), uint32(o.Type), uint32(t))
		}
		return nil
	}
	if len(s.Objects) >= maxObjects {
		return fmt.Errorf("%w: %d objects", ErrLimit, len(s.Objects))
	}
	path := keyObjects + `\` + id.String()
	for _, below := range []string{keyDescription, keyElements} {
		if err := e.hive.CreateKey(path + `\` + below); err != nil {
			return err
		}
	}
	return e.hive.SetValue(path+`\`+keyDescription, valueType, regf.RegDWORD, registry.DWORD(uint32(t)))
}

// Delete removes an object with its elements, and its name from every list and element
// that refers to it: the boot manager refuses a store with names that lead
// nowhere (0xC0000034). Errors wrap ErrNotExist, or ErrInUse for the settings of
// a ramdisk that an object has as its device.
func (e *Editor) Delete(id GUID) error {
	o, err := e.object(id)
	if err != nil {
		return err
	}
	if err := e.unused(o.ID); err != nil {
		return err
	}
	if err := e.hive.DeleteKey(keyObjects+`\`+o.Key, true); err != nil {
		return err
	}
	s, err := e.Store()
	if err != nil {
		return err
	}
	for _, other := range s.Objects {
		for _, el := range other.Elements {
			if err := e.forget(other, el, o.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// unused refuses an object that a device needs.
func (e *Editor) unused(id GUID) error {
	s, err := e.Store()
	if err != nil {
		return err
	}
	s.devices(func(o *Object, el *Element, d Device, derr error) {
		if derr == nil && d.Options == id && o.ID != id && err == nil {
			err = fmt.Errorf("%s: %w by the ramdisk that is %s of %s; delete that first", id.Alias(), ErrInUse, o.Type.ElementName(el.Type), o.ID.Alias())
		}
	})
	return err
}

// forget removes the name of an object from an element.
func (e *Editor) forget(o *Object, el *Element, id GUID) error {
	switch el.Type.Format() {
	case FormatObject:
		if named, err := el.Object(); err == nil && named == id {
			return e.Remove(o.ID, el.Type)
		}
	case FormatObjectList:
		ids, err := el.Objects()
		if err != nil || !slices.Contains(ids, id) {
			return nil
		}
		return e.setList(o.ID, el.Type, slices.DeleteFunc(ids, func(g GUID) bool { return g == id }))
	}
	return nil
}

// setList gives an element a list; an empty one removes it, as bcdedit does.
func (e *Editor) setList(id GUID, t ElementType, ids []GUID) error {
	if len(ids) == 0 {
		return e.Remove(id, t)
	}
	return e.Set(id, t, ObjectList(ids...))
}

// AddFirst puts objects at the beginning of a list, in their order, wherever in
// it they were before. The list is made where it is missing.
func (e *Editor) AddFirst(id GUID, t ElementType, objects ...GUID) error {
	return e.reorder(id, t, objects, func(rest []GUID) []GUID { return slices.Concat(objects, rest) })
}

// AddLast puts objects at the end of a list.
func (e *Editor) AddLast(id GUID, t ElementType, objects ...GUID) error {
	return e.reorder(id, t, objects, func(rest []GUID) []GUID { return slices.Concat(rest, objects) })
}

// RemoveFrom takes objects out of a list; those that are not in it do not
// matter. A list that becomes empty goes.
func (e *Editor) RemoveFrom(id GUID, t ElementType, objects ...GUID) error {
	return e.reorder(id, t, objects, func(rest []GUID) []GUID { return rest })
}

func (e *Editor) reorder(id GUID, t ElementType, objects []GUID, place func(rest []GUID) []GUID) error {
	if t.Format() != FormatObjectList {
		return fmt.Errorf("element %s is no list of objects: %w", t.Key(), ErrFormat)
	}
	o, err := e.object(id)
	if err != nil {
		return err
	}
	var had []GUID
	if old := o.Element(t); old != nil {
		if had, err = old.Objects(); err != nil {
			return err
		}
	}
	for i, id := range objects {
		if slices.Contains(objects[:i], id) {
			return fmt.Errorf("%s is named twice", id.Alias())
		}
	}
	rest := slices.DeleteFunc(slices.Clone(had), func(g GUID) bool { return slices.Contains(objects, g) })
	now := place(rest)
	if slices.Equal(now, had) {
		return nil
	}
	return e.setList(id, t, now)
}
