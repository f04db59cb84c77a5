package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/spf13/cobra"
)

// kinds are what set --create makes, by the names that bcdedit /create takes.
var kinds = map[string]bcd.ObjectType{
	"osloader": bcd.TypeLoader, "resume": bcd.TypeResume, "bootmgr": bcd.TypeBootManager, "memdiag": bcd.TypeMemoryTester,
	"ntldr": bcd.TypeLegacyLoader, "bootsector": bcd.TypeBootSector, "startup": bcd.TypeStartup, "bootapp": bcd.TypeBootApplication,
	"inherit": bcd.TypeInherit, "inherit-osloader": bcd.TypeInheritLoader, "inherit-resume": bcd.TypeInheritResume, "device": bcd.TypeDevice,
}

// addChanges adds the verbs that write.
func (b *bcdTool) addChanges(group *cobra.Command) {
	create := ""
	var where listWhere
	set := b.add(group, "set", "STORE OBJECT ELEMENT VALUE...", "give an element a value", cobra.MinimumNArgs(4), func(args []string) error { return b.set(args, create, where) })
	set.Flags().StringVar(&create, "create", "", "make the object where it is missing: osloader, resume, ntldr, device, inherit, ...")
	set.Flags().BoolVar(&where.first, "first", false, "put VALUE at the beginning of the list of objects, keep the rest")
	set.Flags().BoolVar(&where.last, "last", false, "put VALUE at the end of the list")
	set.Flags().BoolVar(&where.remove, "remove", false, "take VALUE out of the list")
	set.MarkFlagsMutuallyExclusive("first", "last", "remove")
	rm := b.add(group, "rm", "STORE OBJECT [ELEMENT]", "delete an element, or an object and every reference to it", cobra.RangeArgs(2, 3), b.remove)
	rewrite := b.add(group, "rewrite", "STORE OLD=NEW...", "let every reference to a partition follow its new identity (mbr:SIGNATURE:OFFSET or gpt:PARTITION:DISK)",
		cobra.MinimumNArgs(2), b.rewrite)
	for _, cmd := range []*cobra.Command{set, rm, rewrite} {
		b.addWriting(cmd)
	}
	b.addRebuild(group)
}

// edit lets do change a store and writes it.
func (b *bcdTool) edit(arg string, d *bcdDocument, do func(s *bcd.Store, e *bcd.Editor) error) error {
	if err := b.mayWrite(); err != nil {
		return err
	}
	return b.openStore(arg, func(at hivePlace, f *hivefile.File, s *bcd.Store) error {
		c, err := f.Edit(hivefile.EditOptions{Now: time.Now(), Version: at.version()}, func(h *regf.Editor) error {
			e, err := bcd.NewEditor(h)
			if err != nil {
				return err
			}
			return do(s, e)
		})
		if err != nil {
			return err
		}
		d.Change = &hiveChanged{Changed: !c.Empty(), Bytes: c.Bytes()}
		if err := b.write(at, f, c, b.at, d.Change); err != nil {
			return err
		}
		if b.json {
			return b.printBCD(*d)
		}
		for _, o := range d.Opaque {
			fmt.Fprintf(b.errOut, "bootmend: WARNING %s: the device %s is not understood and stays as it is\n", b.at, o)
		}
		return b.writeChange(hiveDocument{Change: d.Change})
	})
}

// listWhere says what is to happen to a list of objects.
type listWhere struct{ first, last, remove bool }

func (b *bcdTool) set(args []string, create string, where listWhere) error {
	kind, ok := kinds[create]
	if create != "" && !ok {
		return usageError{fmt.Errorf("%q is no kind of object that can be made", create)}
	}
	return b.edit(args[0], &bcdDocument{}, func(s *bcd.Store, e *bcd.Editor) error {
		id, typ, err := target(s, args[1], kind)
		if err != nil {
			return err
		}
		if create != "" {
			if err := e.Create(id, kind); err != nil {
				return err
			}
		}
		t, err := typ.ParseElement(args[2])
		if err != nil {
			return usageError{err}
		}
		words := args[3:]
		if !where.remove { // what leads nowhere may be taken out of a list
			if words, err = resolve(s, t, words); err != nil {
				return err
			}
		}
		v, err := typ.ParseValue(t, words)
		if err != nil {
			return usageError{err}
		}
		if where == (listWhere{}) {
			return e.Set(id, t, v)
		}
		return reorder(e, id, t, words, where)
	})
}

// target is the object that set changes, and its type.
func target(s *bcd.Store, arg string, create bcd.ObjectType) (bcd.GUID, bcd.ObjectType, error) {
	id, err := bcd.ParseObject(arg)
	if err != nil {
		return id, 0, usageError{err}
	}
	if o := s.Object(id); o != nil {
		return o.ID, o.Type, nil
	}
	if create == 0 {
		_, err = object(s, arg)
	}
	return id, create, err
}

// resolve replaces {default} in a value by the object that it stands for: stores
// hold GUIDs only. Names that lead nowhere are refused, since the boot manager stops
// at them (0xC0000034).
func resolve(s *bcd.Store, t bcd.ElementType, words []string) ([]string, error) {
	if f := t.Format(); f != bcd.FormatObject && f != bcd.FormatObjectList {
		return words, nil
	}
	var all []string
	for _, w := range words {
		o, err := object(s, w)
		if err != nil {
			return nil, err
		}
		all = append(all, o.ID.String())
	}
	return all, nil
}

func reorder(e *bcd.Editor, id bcd.GUID, t bcd.ElementType, words []string, where listWhere) error {
	if t.Format() != bcd.FormatObjectList {
		return usageError{errors.New("--first, --last and --remove are for lists of objects")}
	}
	var ids []bcd.GUID
	for _, w := range words {
		g, err := bcd.ParseObject(w)
		if err != nil {
			return usageError{err}
		}
		ids = append(ids, g)
	}
	switch {
	case where.first:
		return e.AddFirst(id, t, ids...)
	case where.last:
		return e.AddLast(id, t, ids...)
	}
	return e.RemoveFrom(id, t, ids...)
}

func (b *bcdTool) remove(args []string) error {
	return b.edit(args[0], &bcdDocument{}, func(s *bcd.Store, e *bcd.Editor) error {
		o, err := object(s, args[1])
		if err != nil {
			return err
		}
		if len(args) == 2 {
			return e.Delete(o.ID)
		}
		t, err := o.Type.ParseElement(args[2])
		if err != nil {
			return usageError{err}
		}
		return e.Remove(o.ID, t)
	})
}

func (b *bcdTool) rewrite(args []string) error {
	identities := map[bcd.Identity]bcd.Identity{}
	for _, arg := range args[1:] {
		from, to, _ := strings.Cut(arg, "=")
		old, err := bcd.ParseIdentity(from)
		if err != nil {
			return usageError{err}
		}
		now, err := bcd.ParseIdentity(to)
		if err != nil {
			return usageError{err}
		}
		if have, ok := identities[old]; ok && have != now {
			return usageError{fmt.Errorf("%s is to become two different partitions", from)}
		}
		identities[old] = now
	}
	d := &bcdDocument{}
	return b.edit(args[0], d, func(s *bcd.Store, e *bcd.Editor) error {
		r, err := s.Rewrite(identities)
		if err != nil {
			return usageError{err}
		}
		for _, o := range r.Opaque {
			d.Opaque = append(d.Opaque, o.Object.Alias()+" "+o.Element.Key())
		}
		return e.Apply(r.Changes)
	})
}
