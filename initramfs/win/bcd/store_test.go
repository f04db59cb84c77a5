package bcd

import (
	"bytes"
	"errors"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/bootmend/bootmend/initramfs/win/winver"
)

var (
	system = MBRIdentity(0x11111111, 1<<20)
	osPart = MBRIdentity(0x11111111, 101<<20)
)

// built is a store of Windows 7 as Build makes it.
func built(t testing.TB, change func(*BuildOptions)) ([]byte, Built) {
	t.Helper()
	opt := BuildOptions{Firmware: BIOS, Version: winver.Version{Major: 6, Minor: 1, Build: 7601}, System: system, OS: osPart, Rand: rand.New(rand.NewSource(1))}
	if change != nil {
		change(&opt)
	}
	b, err := Build(opt)
	if err != nil {
		t.Fatal(err)
	}
	return b.Hive, b
}

func openHive(t testing.TB, b []byte) *regf.Hive {
	t.Helper()
	h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func openStore(t testing.TB, b []byte) *Store {
	t.Helper()
	s, err := Open(openHive(t, b))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Damage) > 0 {
		t.Fatal(s.Damage)
	}
	return s
}

// edited is a store after an edit, and the number of bytes that changed.
func edited(t testing.TB, b []byte, do func(e *Editor) error) ([]byte, int) {
	t.Helper()
	hive, err := regf.NewEditor(openHive(t, b), regf.EditorOptions{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEditor(hive)
	if err != nil {
		t.Fatal(err)
	}
	if err := do(e); err != nil {
		t.Fatal(err)
	}
	r, err := hive.Finish()
	if err != nil {
		t.Fatal(err)
	}
	now := make([]byte, r.Size)
	copy(now, b)
	n := 0
	for _, p := range r.Patches {
		copy(now[p.Off:], p.New)
		n += len(p.New)
	}
	return now, n
}

func TestSetAndRemove(t *testing.T) {
	b, made := built(t, nil)
	for _, tt := range []struct {
		element, word string
		v             Value
	}{
		{"description", "Ein Windows ä", String("Ein Windows ä")},
		{"safeboot", "Network", Integer(1)},
		{"nx", "AlwaysOff", Integer(2)},
		{"winpe", "Yes", Boolean(true)},
		{"custom:17000077", "0x15000075", IntegerList(0x15000075)},
		{"resumeobject", "{memdiag}", ObjectValue(MemoryTester)},
		{"recoverysequence", "{memdiag}", ObjectList(MemoryTester)},
		{"osdevice", "boot", DeviceValue(BootDevice())},
	} {
		typ, err := TypeLoader.ParseElement(tt.element)
		if err != nil {
			t.Fatal(err)
		}
		v, err := TypeLoader.ParseValue(typ, []string{tt.word})
		if err != nil || !reflect.DeepEqual(v, tt.v) {
			t.Errorf("%s: %+v, %v", tt.element, v, err)
		}
		set := func(e *Editor) error { return e.Set(made.Loader, typ, v) }
		now, _ := edited(t, b, set)
		s := openStore(t, now)
		o := s.Object(made.Loader)
		if got := s.Show(o, o.Element(typ), TextOptions{}); len(got) != 1 || got[0] != tt.word {
			t.Errorf("%s is shown as %q, want %q", tt.element, got, tt.word)
		}
		if _, n := edited(t, now, set); n != 0 {
			t.Errorf("%s: setting what is there changes %d bytes", tt.element, n)
		}
		gone, _ := edited(t, now, func(e *Editor) error { return e.Remove(made.Loader, typ) })
		if s := openStore(t, gone); s.Object(made.Loader).Element(typ) != nil {
			t.Errorf("%s is still there", tt.element)
		}
	}
}

func TestEditRefuses(t *testing.T) {
	b, made := built(t, nil)
	for name, tt := range map[string]struct {
		do   func(e *Editor) error
		want error
	}{
		"format":      {func(e *Editor) error { return e.Set(made.Loader, ElementNX, String("x")) }, ErrFormat},
		"no object":   {func(e *Editor) error { return e.Set(optionsGUID, ElementNX, Integer(1)) }, ErrNotExist},
		"no element":  {func(e *Editor) error { return e.Remove(made.Loader, ElementSafeBoot) }, ErrNotExist},
		"no such one": {func(e *Editor) error { return e.Delete(optionsGUID) }, ErrNotExist},
		"no list":     {func(e *Editor) error { return e.AddLast(made.Loader, ElementNX, MemoryTester) }, ErrFormat},
		"twice":       {func(e *Editor) error { return e.AddLast(BootManager, ElementDisplayOrder, diskGUID, diskGUID) }, nil},
		"in use": {func(e *Editor) error {
			return errors.Join(e.Create(optionsGUID, TypeDevice), e.Set(made.Loader, ElementDevice, DeviceValue(RamdiskDevice(BootDevice().Descriptor, `\x`, optionsGUID))), e.Delete(optionsGUID))
		}, ErrInUse},
		"long":         {func(e *Editor) error { return e.Set(made.Loader, ElementPath, String(strings.Repeat("x", maxData))) }, ErrLimit},
		"other type":   {func(e *Editor) error { return e.Create(made.Loader, TypeResume) }, nil},
		"alias object": {func(e *Editor) error { return e.Create(DefaultEntry, TypeLoader) }, nil},
	} {
		edited(t, b, func(e *Editor) error {
			if err := tt.do(e); err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("%s: %v", name, err)
			}
			return nil
		})
	}
}

// TestOrder: the operations of bcdedit /displayorder.
func TestOrder(t *testing.T) {
	b, made := built(t, nil)
	x, y := optionsGUID, partitionGUID
	for _, tt := range []struct {
		do   func(e *Editor) error
		want []GUID
	}{
		{func(e *Editor) error { return e.AddFirst(BootManager, ElementDisplayOrder, x, y) }, []GUID{x, y, made.Loader}},
		{func(e *Editor) error { return e.AddLast(BootManager, ElementDisplayOrder, x, y) }, []GUID{made.Loader, x, y}},
		{func(e *Editor) error {
			return errors.Join(e.AddLast(BootManager, ElementDisplayOrder, x), e.AddLast(BootManager, ElementDisplayOrder, made.Loader))
		}, []GUID{x, made.Loader}},
		{func(e *Editor) error { return e.RemoveFrom(BootManager, ElementDisplayOrder, made.Loader, x) }, nil},
		{func(e *Editor) error { return e.RemoveFrom(BootManager, ElementDisplayOrder, x) }, []GUID{made.Loader}},
	} {
		now, _ := edited(t, b, tt.do)
		var got []GUID
		if e := openStore(t, now).Object(BootManager).Element(ElementDisplayOrder); e != nil {
			got, _ = e.Objects()
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%v, want %v", got, tt.want)
		}
	}
}

// TestCreateAndDelete: a deleted object leaves no name behind.
func TestCreateAndDelete(t *testing.T) {
	b, made := built(t, nil)
	now, _ := edited(t, b, func(e *Editor) error {
		return errors.Join(e.Create(optionsGUID, TypeLoader), e.Set(optionsGUID, ElementDescription, String("new")), e.AddFirst(BootManager, ElementDisplayOrder, optionsGUID))
	})
	if o := openStore(t, now).Object(optionsGUID); o == nil || o.Type != TypeLoader || len(o.Elements) != 1 {
		t.Fatalf("%+v", o)
	}
	now, _ = edited(t, now, func(e *Editor) error { return e.Delete(made.Loader) })
	s := openStore(t, now)
	m := s.Object(BootManager)
	if ids, err := m.Element(ElementDisplayOrder).Objects(); err != nil || !slices.Equal(ids, []GUID{optionsGUID}) {
		t.Errorf("%v, %v", ids, err)
	}
	if m.Element(ElementDefault) != nil || s.Object(made.Loader) != nil || s.Object(DefaultEntry) != nil {
		t.Error("the deleted loader is still named")
	}
	now, _ = edited(t, b, func(e *Editor) error { return errors.Join(e.Delete(MemoryTester), e.Delete(made.Resume)) })
	if openStore(t, now).Object(BootManager).Element(ElementToolsOrder) != nil {
		t.Error("an empty list is left")
	}
}

func TestDangling(t *testing.T) {
	b, made := built(t, func(o *BuildOptions) { o.Recovery = &RecoveryOptions{GUID{}, osPart, `\r.wim`, `\r.sdi`} })
	if d := openStore(t, b).Dangling(); len(d) != 0 {
		t.Errorf("%+v", d)
	}
	ramdisk := DeviceValue(RamdiskDevice(BootDevice().Descriptor, `\x`, diskGUID))
	now, _ := edited(t, b, func(e *Editor) error {
		return errors.Join(e.AddLast(BootManager, ElementDisplayOrder, optionsGUID), e.Set(BootManager, ElementDefault, ObjectValue(partitionGUID)),
			e.Set(made.Loader, ElementOSDevice, ramdisk))
	})
	want := []Dangling{{made.Loader, ElementOSDevice, diskGUID}, {BootManager, ElementDefault, partitionGUID}, {BootManager, ElementDisplayOrder, optionsGUID}}
	got := openStore(t, now).Dangling()
	slices.SortFunc(got, func(a, b Dangling) int { return slices.Index(want, a) - slices.Index(want, b) })
	if !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

// TestKnownGUIDs: the objects of a store that was lost keep their GUIDs.
func TestKnownGUIDs(t *testing.T) {
	b, made := built(t, func(o *BuildOptions) {
		o.Loader, o.Resume, o.Recovery = optionsGUID, partitionGUID, &RecoveryOptions{diskGUID, osPart, `\r.wim`, `\r.sdi`}
	})
	s := openStore(t, b)
	if made.Loader != optionsGUID || made.Resume != partitionGUID || s.Object(DefaultEntry).ID != optionsGUID || s.Object(diskGUID).Type != TypeLoader || s.Object(partitionGUID).Type != TypeResume {
		t.Errorf("%+v", s.Objects)
	}
	for _, clash := range []BuildOptions{{Loader: BootManager}, {Loader: optionsGUID, Resume: optionsGUID}} {
		clash.Firmware, clash.Version, clash.System, clash.OS = BIOS, winver.Version{Major: 6, Minor: 1}, system, osPart
		if _, err := Build(clash); !errors.Is(err, ErrBuild) {
			t.Errorf("%v", err)
		}
	}
}

// TestOddStores: what real stores have beside the rule: hexadecimal digits in
// upper case, numbers with few bytes, text behind the NUL, keys that are none.
func TestOddStores(t *testing.T) {
	text := append(registry.SZ("Windows"), registry.SZ("junk")...)
	key := func(name string, v ...regftest.Value) regftest.Key { return regftest.Key{Name: name, Values: v} }
	element := func(name string, v regftest.Value) regftest.Key { v.Name = valueElement; return key(name, v) }
	object := func(id string, typ uint32, e ...regftest.Key) regftest.Key {
		return regftest.Key{Name: id, Keys: []regftest.Key{key("description", regftest.DWORD("type", typ)), {Name: "ELEMENTS", Keys: e}}}
	}
	root := regftest.Key{Name: "x", Keys: []regftest.Key{key("Description", regftest.SZ("KeyName", "BCD00000000\x00x")), {Name: "objects", Keys: []regftest.Key{
		object(strings.ToUpper(BootManager.String()), 0x10100002,
			element("250000C2", regftest.Binary("", 1)), element("25000004", regftest.Binary("", 0, 0xc2, 1)),
			element("12000004", regftest.Value{Type: 1, Data: text}), element("11000001", regftest.Binary("", 1, 2, 3)),
			element("nonsense", regftest.Binary("", 1)), key("26000020"), element("24000001", regftest.MultiSZ("", "{bad}"))),
		{Name: "no object"}, {Name: "{9dea862c-5cdd-4e70-acc1-f32b344d4796}"},
	}}}}
	b := regftest.Build(root, regftest.Options{Minor: 3, List: "lf"})
	s, err := Open(openHive(t, b))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Objects) != 2 || len(s.Damage) != 5 || s.Description.KeyName != "BCD00000000" {
		t.Errorf("%d objects, %q, %+v", len(s.Objects), s.Damage, s.Description)
	}
	o := s.Object(BootManager)
	if n, err := o.Element(ElementTimeout).Integer(); err != nil || n != 115200 {
		t.Errorf("%d, %v", n, err)
	}
	var out strings.Builder
	if err := s.WriteText(&out, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"description             Windows\n", "timeout                 115200\n", "device                  hex:010203\n", "custom:250000c2         1\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in %s", want, out.String())
		}
	}
	// The same number in more bytes is no change; another one is stored in 8,
	// below the key that there is.
	if _, n := edited(t, b, func(e *Editor) error {
		return errors.Join(e.Set(BootManager, ElementTimeout, Integer(115200)), e.Set(BootManager, ElementDescription, String("Windows")))
	}); n != 0 {
		t.Errorf("%d bytes changed", n)
	}
	now, _ := edited(t, b, func(e *Editor) error { return e.Set(BootManager, ElementBootMenuPolicy, Integer(0)) })
	s, err = Open(openHive(t, now))
	if err != nil {
		t.Fatal(err)
	}
	if e := s.Object(BootManager).Element(ElementBootMenuPolicy); e.Key != "250000C2" || len(e.Data) != 8 {
		t.Errorf("%+v", e)
	}
	if _, err := Open(openHive(t, regftest.Build(regftest.Key{Name: "x"}, regftest.Options{}))); !errors.Is(err, ErrNotStore) {
		t.Errorf("%v", err)
	}
}

// TestLimits: a small hive whose values share their data does not cost more memory
// than a store may.
func TestLimits(t *testing.T) {
	var objects []regftest.Key
	for i := range 300 {
		id := optionsGUID
		le.PutUint32(id[:], uint32(i))
		objects = append(objects, regftest.Key{Name: id.String(), Keys: []regftest.Key{{Name: "Elements", Keys: []regftest.Key{
			{Name: "12000004", Values: []regftest.Value{{Name: "Element", Type: 3, Data: make([]byte, 60<<10)}}}}}}})
	}
	b := regftest.Build(regftest.Key{Name: "x", Keys: []regftest.Key{{Name: "Objects", Keys: objects}}}, regftest.Options{Minor: 5})
	if _, err := Open(openHive(t, b)); !errors.Is(err, ErrLimit) {
		t.Errorf("%v", err)
	}
	var many []regftest.Key
	for i := range maxObjects + 1 {
		id := optionsGUID
		le.PutUint32(id[:], uint32(i))
		many = append(many, regftest.Key{Name: id.String()})
	}
	b = regftest.Build(regftest.Key{Name: "x", Keys: []regftest.Key{{Name: "Objects", Keys: many}}}, regftest.Options{PerLeaf: 400})
	if _, err := Open(openHive(t, b)); !errors.Is(err, ErrLimit) {
		t.Errorf("%v", err)
	}
}

func FuzzStore(f *testing.F) {
	b, _ := built(f, func(o *BuildOptions) { o.Recovery = &RecoveryOptions{GUID{}, osPart, `\r.wim`, `\r.sdi`} })
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		s, err := Open(h)
		if err != nil {
			return
		}
		var out strings.Builder
		if err := s.WriteText(&out, TextOptions{Verbose: true}); err != nil {
			t.Fatal(err)
		}
		r, err := s.Rewrite(map[Identity]Identity{system: osPart})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Changes {
			if len(c.Old) != len(c.New) {
				t.Fatalf("%s: %d bytes became %d", c.Key, len(c.Old), len(c.New))
			}
		}
	})
}

func FuzzText(f *testing.F) {
	for _, d := range devices {
		f.Add(d.text)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDeviceText(s)
		if err != nil {
			return
		}
		b := d.Encode()
		again, err := ParseDevice(b)
		if err != nil || !bytes.Equal(again.Encode(), b) {
			t.Fatalf("%q: %v", s, err)
		}
	})
}

func FuzzVariable(f *testing.F) {
	f.Add(variable(GPTIdentity(partitionGUID, diskGUID)))
	f.Add(variable(system))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := ParseVariable(b); err != nil && !errors.Is(err, ErrVariable) {
			t.Fatal(err)
		}
		if now := renameVariable(b, map[Identity]Identity{system: osPart}); len(now) != len(b) {
			t.Fatalf("%d bytes became %d", len(b), len(now))
		}
	})
}
