package bcd

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// TextOptions says how a store is printed.
type TextOptions struct {
	Verbose bool // GUIDs instead of names, and the elements and objects of setup, as bcdedit /v
}

// column is where bcdedit prints values.
const column = 24

// WriteText prints a store as "bcdedit /enum all" does: objects by type, then by
// GUID, their elements by number.
func (s *Store) WriteText(w io.Writer, opt TextOptions) error {
	first := true
	for _, o := range s.Sorted() {
		if o.isTemplate() && !opt.Verbose {
			continue
		}
		if !first {
			if _, err := io.WriteString(w, "\n"); err != nil {
				return err
			}
		}
		first = false
		if err := s.WriteObject(w, o, opt); err != nil {
			return err
		}
	}
	return nil
}

// Sorted are the objects in the order in which bcdedit prints them.
func (s *Store) Sorted() []*Object {
	all := slices.Clone(s.Objects)
	slices.SortStableFunc(all, func(a, b *Object) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(strings.ToLower(a.Key), strings.ToLower(b.Key)))
	})
	return all
}

// isTemplate: bcdedit shows these when it is to be verbose only.
func (o *Object) isTemplate() bool { return o.ID == templatePCAT || o.ID == templateEFI }

// Title is the heading that bcdedit prints over an object: "Windows Boot Loader".
func (o *Object) Title() string { return o.title() }

// WriteObject prints one object.
func (s *Store) WriteObject(w io.Writer, o *Object, opt TextOptions) error {
	var b strings.Builder
	title := o.Title()
	fmt.Fprintf(&b, "%s\n%s\n", title, strings.Repeat("-", len(title)))
	line := func(name string, values ...string) {
		if len(values) == 0 {
			values = []string{""}
		}
		for i, v := range values {
			if i > 0 {
				name = ""
			}
			fmt.Fprintf(&b, "%-*s%s\n", column, name, v)
		}
	}
	line("identifier", s.nameOf(o.ID, opt))
	for _, e := range o.sorted() {
		if e.Type.Class() == ClassTemplate && !opt.Verbose {
			continue
		}
		name := o.Type.ElementName(e.Type)
		if len(name) >= column {
			name += " "
		}
		line(name, s.Show(o, e, opt)...)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (o *Object) sorted() []*Element {
	all := slices.Clone(o.Elements)
	slices.SortStableFunc(all, func(a, b *Element) int { return cmp.Compare(a.Type, b.Type) })
	return all
}

// nameOf is what bcdedit calls an object: {default} for the one that starts by
// default.
func (s *Store) nameOf(id GUID, opt TextOptions) string {
	if opt.Verbose {
		return id.String()
	}
	if def := s.Object(DefaultEntry); def != nil && def.ID == id {
		return DefaultEntry.Alias()
	}
	return id.Alias()
}

// Show gives the value of an element as bcdedit does, one string per line. What
// is not as its type promises is shown as bytes.
func (s *Store) Show(o *Object, e *Element, opt TextOptions) []string {
	switch e.Type.Format() {
	case FormatDevice:
		if d, err := e.Device(); err == nil {
			return []string{d.String()}
		}
	case FormatString:
		if t, err := e.Text(); err == nil {
			return []string{t}
		}
	case FormatObject:
		if id, err := e.Object(); err == nil {
			return []string{s.nameOf(id, opt)}
		}
	case FormatObjectList:
		if ids, err := e.Objects(); err == nil {
			var names []string
			for _, id := range ids {
				names = append(names, s.nameOf(id, opt))
			}
			return names
		}
	case FormatInteger:
		if n, err := e.Integer(); err == nil {
			return []string{o.Type.showInteger(e.Type, n)}
		}
	case FormatBoolean:
		if yes, err := e.Boolean(); err == nil {
			return []string{map[bool]string{true: "Yes", false: "No"}[yes]}
		}
	case FormatIntegerList:
		if list, err := e.Integers(); err == nil {
			return o.Type.showIntegers(e.Type, list)
		}
	}
	return []string{fmt.Sprintf("hex:%x", e.Data)}
}

func (t ObjectType) showInteger(e ElementType, n uint64) string {
	if words := t.words(e); n < uint64(len(words)) {
		return words[n]
	}
	switch e {
	case 0x15000007, 0x1500000d, 0x1500000e: // addresses
		return fmt.Sprintf("%#x", n)
	}
	return fmt.Sprintf("%d", n)
}

// showIntegers: bcdedit prints lists that it knows, which are element numbers
// and addresses, in hexadecimal.
func (t ObjectType) showIntegers(e ElementType, list []uint64) []string {
	format := "%#x"
	if strings.HasPrefix(t.ElementName(e), "custom:") {
		format = "%d"
	}
	var all []string
	for _, n := range list {
		all = append(all, fmt.Sprintf(format, n))
	}
	return all
}
