package kmod

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func tree() fstest.MapFS {
	return fstest.MapFS{
		"modules.dep": {Data: []byte(`kernel/drivers/ata/ahci.ko: kernel/drivers/ata/libahci.ko kernel/drivers/ata/libata.ko
kernel/drivers/ata/libahci.ko: kernel/drivers/ata/libata.ko
kernel/drivers/ata/libata.ko:
kernel/drivers/usb/storage/usb-storage.ko:
kernel/crypto/crc32c_generic.ko:
kernel/fs/x.ko:
kernel/loop/a.ko: kernel/loop/b.ko
kernel/loop/b.ko: kernel/loop/a.ko
`)},
		"modules.alias": {Data: []byte(`# comment
alias pci:v*d*sv*sd*bc01sc06i01* ahci
alias pci:v00008086d00002652sv*sd*bc*sc*i* ahci
alias usb:v*p*d*dc*dsc*dp*ic08isc06ip50in* usb_storage
alias crc32c crc32c_generic
alias fs-x x
alias of:N*T*Cacme,disk C*fancy name x
`)},
		"modules.softdep": {Data: []byte("softdep x pre: crc32c post: usb-storage nothere\n")},
	}
}

func readTree(t *testing.T) *Index {
	t.Helper()
	x, err := ReadIndex(tree())
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestMatch(t *testing.T) {
	x := readTree(t)
	for _, tt := range []struct {
		modalias string
		want     []Name
	}{
		{"pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01", []Name{"ahci"}}, // by class
		{"pci:v00008086d00002652sv0sd0bc01sc01i80", []Name{"ahci"}},               // by id
		{"pci:v00008086d00007010sv0sd0bc01sc01i80", nil},
		{"usb:v0781p5567d0100dc00dsc00dp00ic08isc06ip50in00", []Name{"usb_storage"}},
		{"crc32c", []Name{"crc32c_generic"}},
		{"fs-x", []Name{"x"}},
		{"", nil},
	} {
		if diff := cmp.Diff(tt.want, x.Match(tt.modalias)); diff != "" {
			t.Errorf("Match(%q): %s", tt.modalias, diff)
		}
	}
	if diff := cmp.Diff([]Name{"usb_storage"}, x.Resolve("usb-storage")); diff != "" {
		t.Error(diff)
	}
}

// TestLoadOrder loads with a kernel that only notes what it is given.
func TestLoadOrder(t *testing.T) {
	for _, tt := range []struct {
		name Name
		want []string
	}{
		{"ahci", []string{"libata", "libahci", "ahci"}},
		{"x", []string{"crc32c_generic", "x", "usb_storage"}},
		{"a", []string{"b", "a"}}, // a cycle ends
	} {
		var got []string
		l := &Loader{Index: readTree(t), Insert: func(file string) error {
			got = append(got, string(NameOf(file)))
			return nil
		}}
		for range 2 { // the second time nothing is left to do
			if err := l.Load(tt.name); err != nil {
				t.Errorf("Load(%s) = %v", tt.name, err)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("Load(%s): %s", tt.name, diff)
		}
		if l.Count() != len(tt.want) {
			t.Errorf("Count = %d; want %d", l.Count(), len(tt.want))
		}
	}
}

func TestLoadErrors(t *testing.T) {
	refuse := map[Name]error{"libata": unix.ENODEV}
	l := &Loader{Index: readTree(t), Insert: func(file string) error { return refuse[NameOf(file)] }}
	if err := l.Load("ahci"); !errors.Is(err, unix.ENODEV) {
		t.Errorf("Load(ahci) = %v; want ENODEV of its dependency", err)
	}
	if err := l.Load("nothere"); err == nil {
		t.Error("Load of an absent module succeeded")
	}
	refuse["usb_storage"] = unix.EEXIST
	if err := l.Load("usb_storage"); err != nil {
		t.Errorf("Load of a module that is there = %v", err)
	}
	if l.Count() != 0 {
		t.Errorf("Count = %d; want 0", l.Count())
	}
}

func TestTextsReadBack(t *testing.T) {
	x := readTree(t)
	again := fstest.MapFS{}
	for name, text := range x.Texts() {
		again[name] = &fstest.MapFile{Data: []byte(text)}
	}
	y, err := ReadIndex(again)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(x.Texts(), y.Texts()); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(x.Texts()["modules.alias"], "alias of:N*T*Cacme,disk C*fancy name x\n") {
		t.Error("an alias with blanks is lost")
	}
}

func TestSubset(t *testing.T) {
	x := readTree(t)
	names := x.Closure([]Name{"ahci", "x", "nothere"})
	want := []Name{"ahci", "crc32c_generic", "libahci", "libata", "usb_storage", "x"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	sub := x.Subset([]Name{"x"})
	if diff := cmp.Diff([]Name(nil), sub.Match("crc32c")); diff != "" {
		t.Error(diff)
	}
	if got := sub.Texts()["modules.dep"]; got != "kernel/fs/x.ko:\n" {
		t.Errorf("modules.dep = %q", got)
	}
}

func TestReadIndexDamage(t *testing.T) {
	for file, text := range map[string]string{
		"modules.dep": "no colon here", "modules.alias": "alias onlypattern", "modules.softdep": "softdep a b",
	} {
		broken := tree()
		broken[file] = &fstest.MapFile{Data: []byte(text)}
		if _, err := ReadIndex(broken); err == nil || !strings.Contains(err.Error(), file+": line 1") {
			t.Errorf("%s: ReadIndex = %v; want an error at line 1", file, err)
		}
	}
	if _, err := ReadIndex(fstest.MapFS{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadIndex without modules.dep = %v", err)
	}
}

func TestMatchGlob(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"*", "", true}, {"*", "a/b", true}, {"a*b*c", "aXbYbc", true}, {"a*b*c", "aXbY", false},
		{"a?c", "abc", true}, {"a?c", "ac", false}, {"[0-9a-f]", "c", true}, {"[0-9a-f]", "g", false},
		{"x[ab]*", "xbz", true}, {"[", "[", true}, {"[a", "[a", true}, {"a", "", false}, {"", "", true},
		{"input:b*v*p*e*-e0*,*k*", "input:b0011v0001p0001eAB41-e0,1,4,k71", true},
	} {
		if got := matchGlob(tt.pattern, tt.name); got != tt.want {
			t.Errorf("matchGlob(%q, %q) = %t; want %t", tt.pattern, tt.name, got, tt.want)
		}
	}
}

func TestNameOf(t *testing.T) {
	for file, want := range map[string]Name{
		"kernel/drivers/usb/storage/usb-storage.ko": "usb_storage", "a/b.ko.zst": "b", "c.ko.xz": "c", "ahci": "ahci",
	} {
		if got := NameOf(file); got != want {
			t.Errorf("NameOf(%q) = %q; want %q", file, got, want)
		}
	}
}

// FuzzReadIndex: no text makes the loader loop or load more than there is.
func FuzzReadIndex(f *testing.F) {
	m := tree()
	f.Add(string(m["modules.dep"].Data), string(m["modules.alias"].Data), string(m["modules.softdep"].Data), "crc32c")
	f.Fuzz(func(t *testing.T, dep, alias, softdep, modalias string) {
		x, err := ReadIndex(fstest.MapFS{"modules.dep": {Data: []byte(dep)},
			"modules.alias": {Data: []byte(alias)}, "modules.softdep": {Data: []byte(softdep)}})
		if err != nil {
			return
		}
		l := &Loader{Index: x, Insert: func(string) error { return nil }}
		for _, name := range x.Match(modalias) {
			_ = l.Load(name)
		}
		if l.Count() > len(x.Files) {
			t.Fatalf("loaded %d modules of %d", l.Count(), len(x.Files))
		}
	})
}

// FuzzMatchGlob: a pattern without special characters matches only itself, and
// a star in front never makes a match fail.
func FuzzMatchGlob(f *testing.F) {
	f.Add("a*b[0-9]?", "axxb5c")
	f.Add("[", "[")
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if len(pattern) > 1000 || len(name) > 1000 {
			return
		}
		got := matchGlob(pattern, name)
		if !strings.ContainsAny(pattern, "*?[") && got != (pattern == name) {
			t.Errorf("matchGlob(%q, %q) = %t", pattern, name, got)
		}
		if got && !matchGlob("*"+pattern, name) {
			t.Errorf("matchGlob(%q, %q) but not with a star in front", pattern, name)
		}
	})
}
