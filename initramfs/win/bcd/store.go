package bcd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

var (
	// ErrNotStore: the hive is no store.
	ErrNotStore = errors.New("the hive is no BCD store")
	// ErrNotExist: the store has no such object, or the object no such element.
	ErrNotExist = errors.New("no such object or element")
	// ErrInUse: something needs the object that is to be deleted.
	ErrInUse = errors.New("it is used")
	// ErrLimit: more objects, elements or bytes than any store has.
	ErrLimit = errors.New("more than a BCD store has")
)

// What Windows makes stays far below: the largest real store has 14 objects, and
// its largest element 732 bytes; firmware variables reach 5 KiB.
const (
	maxObjects  = 4096
	maxElements = 1024
	maxData     = 64 << 10
	maxTotal    = 16 << 20 // of all elements: values of a damaged hive may share their data
)

// Names of keys and values.
const (
	keyObjects     = "Objects"
	keyElements    = "Elements"
	keyDescription = "Description"
	valueElement   = "Element"
	valueType      = "Type"
	valueKeyName   = "KeyName"
	valueSystem    = "System"
	valueFirmware  = "FirmwareModified"
	valueVariable  = "FirmwareVariable"
)

// Store is a store as it was read.
type Store struct {
	Description Description
	Objects     []*Object // in the order of their keys
	Damage      []string  // what could not be read, or is no part of a store; it is left alone

	total int64 // bytes read, for maxTotal
}

// Description is what the store says of itself.
type Description struct {
	KeyName          string // the key below HKEY_LOCAL_MACHINE: "BCD00000000"
	System           bool   // the store that the machine starts with
	FirmwareModified bool   // with UEFI: its objects and the firmware's entries differ
}

// Object is an object of a store.
type Object struct {
	ID       GUID
	Key      string // name of its key as spelled
	Type     ObjectType
	Elements []*Element // in the order of their keys
	// Variable is the firmware's boot entry of the boot manager or a firmware
	// application, in the form of FirmwareVariable; nil where there is none.
	Variable []byte
}

// Open reads all objects of a store. Errors wrap ErrNotStore, ErrLimit or
// regf.ErrDamaged, or come from reading; damage that leaves something readable is in
// the store.
func Open(h *regf.Hive) (*Store, error) {
	objects, err := h.Key(keyObjects)
	if errors.Is(err, regf.ErrNotExist) {
		return nil, fmt.Errorf("%w: it has no key %s", ErrNotStore, keyObjects)
	}
	if err != nil {
		return nil, err
	}
	s := &Store{}
	s.readDescription(h)
	keys, err := objects.Subkeys()
	if err := s.tolerate(keyObjects, err); err != nil {
		return nil, err
	}
	if len(keys) > maxObjects {
		return nil, fmt.Errorf("%w: %d objects", ErrLimit, len(keys))
	}
	for _, k := range keys {
		id, err := ParseGUID(k.Name())
		if err != nil || !strings.HasPrefix(k.Name(), "{") {
			s.damage("%s: the key %q is no GUID", keyObjects, k.Name())
			continue
		}
		o := &Object{ID: id, Key: k.Name()}
		if err := s.readObject(k, o); err != nil {
			return nil, fmt.Errorf("%s: %w", id, err)
		}
		s.Objects = append(s.Objects, o)
	}
	return s, nil
}

func (s *Store) damage(format string, args ...any) {
	s.Damage = append(s.Damage, fmt.Sprintf(format, args...))
}

// tolerate makes a note of damage and lets other errors pass.
func (s *Store) tolerate(where string, err error) error {
	if errors.Is(err, regf.ErrDamaged) || errors.Is(err, regf.ErrNotExist) || errors.Is(err, regf.ErrType) {
		s.damage("%s: %v", where, err)
		return nil
	}
	return err
}

func (s *Store) readDescription(h *regf.Hive) {
	k, err := h.Key(keyDescription)
	if err != nil {
		s.damage("%s: %v", keyDescription, err)
		return
	}
	if v, err := k.Value(valueKeyName); err == nil {
		if data, err := read(v); err == nil {
			s.Description.KeyName = widePath(data)
		}
	}
	flag := func(name string) bool {
		v, err := k.Value(name)
		if err != nil {
			return false
		}
		n, err := v.DWORD()
		return err == nil && n != 0
	}
	s.Description.System, s.Description.FirmwareModified = flag(valueSystem), flag(valueFirmware)
}

// read is the data of a value that is not too long.
func read(v *regf.Value) ([]byte, error) {
	if v.Len() > maxData {
		return nil, fmt.Errorf("%w: a value of %d bytes", ErrLimit, v.Len())
	}
	return v.Data()
}

func (s *Store) readObject(k *regf.Key, o *Object) error {
	d, err := k.Subkey(keyDescription)
	if err == nil {
		err = o.describe(d)
	}
	if err := s.tolerate(o.Key, err); err != nil {
		return err
	}
	elements, err := k.Subkey(keyElements)
	if err != nil {
		return s.tolerate(o.Key, err)
	}
	keys, err := elements.Subkeys()
	if err := s.tolerate(o.Key, err); err != nil {
		return err
	}
	if len(keys) > maxElements {
		return fmt.Errorf("%w: %d elements", ErrLimit, len(keys))
	}
	for _, k := range keys {
		t, ok := parseElementKey(k.Name())
		if !ok {
			s.damage("%s: the key %q is no type of an element", o.Key, k.Name())
			continue
		}
		v, err := k.Value(valueElement)
		var data []byte
		if err == nil {
			if s.total += v.Len() + 64; s.total > maxTotal { // 64: what an element costs
				return fmt.Errorf("%w: more than %d bytes of elements", ErrLimit, maxTotal)
			}
			data, err = read(v)
		}
		if err := s.tolerate(o.Key+`\`+k.Name(), err); err != nil {
			return err
		}
		if err == nil {
			o.Elements = append(o.Elements, &Element{Type: t, Key: k.Name(), Reg: v.Type(), Data: data})
		}
	}
	return nil
}

func (o *Object) describe(k *regf.Key) error {
	v, err := k.Value(valueType)
	if err != nil {
		return err
	}
	n, err := v.DWORD()
	if err != nil {
		return err
	}
	o.Type = ObjectType(n)
	v, err = k.Value(valueVariable)
	if errors.Is(err, regf.ErrNotExist) {
		return nil
	}
	if err == nil {
		o.Variable, err = read(v)
	}
	return err
}

// Object finds an object; nil when there is none. DefaultEntry is the one that
// the boot manager starts by default.
func (s *Store) Object(id GUID) *Object {
	if id == DefaultEntry {
		m := s.Object(BootManager)
		if m == nil {
			return nil
		}
		e := m.Element(ElementDefault)
		if e == nil {
			return nil
		}
		def, err := e.Object()
		if err != nil || def == DefaultEntry {
			return nil
		}
		id = def
	}
	for _, o := range s.Objects {
		if o.ID == id {
			return o
		}
	}
	return nil
}

// Element finds an element; nil when the object does not have it itself.
func (o *Object) Element(t ElementType) *Element {
	for _, e := range o.Elements {
		if e.Type == t {
			return e
		}
	}
	return nil
}

// Inherited finds an element of an object or of those that it inherits from, depth
// first, as the boot manager does.
func (s *Store) Inherited(o *Object, t ElementType) *Element {
	return s.inherited(o, t, map[GUID]bool{})
}

func (s *Store) inherited(o *Object, t ElementType, seen map[GUID]bool) *Element {
	if e := o.Element(t); e != nil {
		return e
	}
	from := o.Element(ElementInherit)
	if from == nil || seen[o.ID] {
		return nil
	}
	seen[o.ID] = true
	ids, _ := from.Objects() // those that can be read
	for _, id := range ids {
		if parent := s.Object(id); parent != nil {
			if e := s.inherited(parent, t, seen); e != nil {
				return e
			}
		}
	}
	return nil
}

// elementPath is the key of an element from the root of the hive.
func elementPath(object, element string) string {
	return keyObjects + `\` + object + `\` + keyElements + `\` + element
}

// KeyPath is the key of an element from the root of the hive; its value is
// "Element".
func (o *Object) KeyPath(e *Element) string { return elementPath(o.Key, e.Key) }
