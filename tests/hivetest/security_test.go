package hivetest

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regfcheck"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/google/go-cmp/cmp"
)

// untimed is an editor that changes no time stamp: everything can be as before.
func untimed(t *testing.T, b []byte) *regf.Editor {
	t.Helper()
	e, err := regf.NewEditor(opened(t, b), regf.EditorOptions{})
	ok(t, err)
	return e
}

// checked are the findings of regfcheck, in short.
func checked(t *testing.T, b []byte) []string {
	t.Helper()
	rep, err := regfcheck.Check(bytes.NewReader(b), int64(len(b)))
	ok(t, err)
	list := []string{fmt.Sprintf("%d keys, %d values, %d cells, %d bytes lost, %v", rep.Keys, rep.Values, rep.Cells, rep.Lost, rep.Counts)}
	for _, f := range rep.Findings {
		list = append(list, fmt.Sprintf("%v %s want %s got %s: %s", f.Kind, f.Path, f.Want, f.Got, f.Text))
	}
	slices.Sort(list)
	return list
}

// dump is what reglookup -s prints; without the time stamps if a key is new.
func dump(t *testing.T, b []byte, times bool) []string {
	t.Helper()
	out, err := perl.Run("reglookup", "-s", hiveAt(t, b))
	ok(t, err)
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for i, l := range lines {
		if f := strings.Split(l, ","); !times && len(f) > 3 && f[1] == "KEY" {
			f[3] = ""
			lines[i] = strings.Join(f, ",")
		}
	}
	return lines
}

// secure is what security the keys of a hive have.
func secure(t *testing.T, h *regf.Hive) (keys []string, descriptors [][]byte, of map[string][]byte) {
	t.Helper()
	of, all := map[string][]byte{}, map[string][]byte{}
	ok(t, h.Walk(func(path string, k *regf.Key, err error) error {
		if err != nil {
			return err
		}
		b, err := k.Security()
		of[path], all[string(b)] = b, b
		keys = append(keys, path)
		return err
	}))
	for _, s := range slices.Sorted(maps.Keys(all)) {
		descriptors = append(descriptors, all[s])
	}
	return keys, descriptors, of
}

// ownerOnly is a descriptor that no real hive has: an owner S-1-5-21-n.
func ownerOnly(n uint32) []byte {
	b := append([]byte{1, 0, 0, 0x80, 20}, make([]byte, 15)...)
	return append(b, 1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
}

// TestSetSecurity gives keys of real hives other descriptors, those of other
// keys and new ones, and takes that back: thousands of times in one edit, and in
// an edit of its own each. In between and afterwards regfcheck finds what it
// found before, reglookup prints the same, and the hive grows once.
func TestSetSecurity(t *testing.T) {
	tool.Need(t, "reglookup")
	for name, cycles := range map[string]int{"xp-sp3-x86-vmware.SYSTEM": 3000, "win7-sp1-x86-vmware.SYSTEM": 1200, "amcache-win10.hve": 3000} {
		if campaign() {
			cycles *= 10
		}
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(realHive(t, "hives/"+name+".xz").path)
			ok(t, err)
			found, lines := checked(t, b), dump(t, b, true)
			r := rand.New(rand.NewPCG(seed, 1))
			size := 0
			keys, descriptors, was := secure(t, opened(t, b))
			for round := range 4 {
				e := untimed(t, b)
				now := map[string][]byte{}
				for i := range cycles / 4 {
					key, d := keys[r.IntN(len(keys))], descriptors[r.IntN(len(descriptors))]
					if i%50 == 0 {
						d = ownerOnly(uint32(i))
					}
					ok(t, e.SetSecurity(key, d))
					if i%25 > 0 {
						ok(t, e.SetSecurity(key, was[key]))
						d = was[key]
					}
					now[key] = d
				}
				b = finished(t, e, b)
				judgeSecurity(t, b, was, now, found)
				e = untimed(t, b)
				for key := range now {
					ok(t, e.SetSecurity(key, was[key]))
				}
				if b = finished(t, e, b); round == 0 {
					size = len(b)
				}
				if len(b) != size {
					t.Errorf("%d bytes after round %d, %d after the first", len(b), round, size)
				}
			}
			if diff := cmp.Diff(found, checked(t, b)); diff != "" {
				t.Errorf("regfcheck: %s", diff)
			}
			if diff := cmp.Diff(lines, dump(t, b, true)); diff != "" {
				t.Errorf("reglookup: %s", diff)
			}
			t.Logf("seed %d: %d cycles on %d keys with %d descriptors", seed, cycles, len(keys), len(descriptors))
		})
	}
}

// judgeSecurity compares all keys with what was set. Of what regfcheck finds,
// only the number of cells may differ.
func judgeSecurity(t *testing.T, b []byte, was, now map[string][]byte, found []string) {
	t.Helper()
	_, _, of := secure(t, opened(t, b))
	changed := 0
	for key, want := range was {
		if d, ok := now[key]; ok {
			want = d
		}
		if !bytes.Equal(of[key], want) {
			t.Errorf("%s has another descriptor", key)
		}
		if !bytes.Equal(of[key], was[key]) {
			changed++
		}
	}
	if changed == 0 || len(of) != len(was) {
		t.Errorf("%d keys, were %d, %d of them changed", len(of), len(was), changed)
	}
	rest := func(list []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return strings.Contains(s, " cells, ") })
	}
	if diff := cmp.Diff(rest(found), rest(checked(t, b))); diff != "" {
		t.Errorf("regfcheck: %s", diff)
	}
}

// restored is a key as it was before it was deleted.
type restored struct {
	path, class string
	security    []byte
	values      []*regf.Value
	data        [][]byte
}

func remember(t *testing.T, h *regf.Hive, path string) (all []restored) {
	t.Helper()
	top, err := h.Key(path)
	ok(t, err)
	var add func(path string, k *regf.Key)
	add = func(path string, k *regf.Key) {
		r := restored{path: path}
		r.class, err = k.Class()
		ok(t, err)
		r.security, err = k.Security()
		ok(t, err)
		r.values, err = k.Values()
		ok(t, err)
		for _, v := range r.values {
			d, err := v.Data()
			ok(t, err)
			r.data = append(r.data, d)
		}
		all = append(all, r)
		subs, err := k.Subkeys()
		ok(t, err)
		for _, sub := range subs {
			add(path+`\`+sub.Name(), sub)
		}
	}
	add(path, top)
	return all
}

// TestRestoreKey deletes Lsa, which has classes and several descriptors, and
// makes it anew.
func TestRestoreKey(t *testing.T) {
	tool.Need(t, "reglookup")
	for path, long := range map[string]bool{`ControlSet001\Control\Lsa`: false, `ControlSet001\Enum\PCI`: true} {
		if long && !campaign() {
			continue
		}
		b, err := os.ReadFile(realHive(t, "hives/win7-sp1-x86-vmware.SYSTEM.xz").path)
		ok(t, err)
		lines, found := dump(t, b, false), checked(t, b)
		all := remember(t, opened(t, b), path)
		descriptors, classes := map[string]bool{}, 0
		for _, r := range all {
			descriptors[string(r.security)] = true
			if r.class != "" {
				classes++
			}
		}
		for range 2 {
			e := untimed(t, b)
			ok(t, e.DeleteKey(path, true))
			b = finished(t, e, b)
			if len(dump(t, b, false)) >= len(lines) {
				t.Fatal("the key is still there")
			}
			e = untimed(t, b)
			for _, r := range all {
				ok(t, e.CreateKey(r.path))
				ok(t, e.SetClass(r.path, r.class))
				ok(t, e.SetSecurity(r.path, r.security))
				for i, v := range r.values {
					ok(t, e.SetValue(r.path, v.Name(), v.Type(), r.data[i]))
				}
			}
			b = finished(t, e, b)
			if diff := cmp.Diff(lines, dump(t, b, false)); diff != "" {
				t.Errorf("%s: reglookup: %s", path, diff)
			}
			if diff := cmp.Diff(found[0], checked(t, b)[0]); diff != "" {
				t.Errorf("%s: regfcheck: %s", path, diff)
			}
		}
		t.Logf("%s: %d keys, %d with a class, %d descriptors", path, len(all), classes, len(descriptors))
	}
}

// TestLongDataOldVersion writes data that hives of version 1.3 keep in one cell.
func TestLongDataOldVersion(t *testing.T) {
	tool.Need(t, "hivexsh", "hivexregedit", "reglookup", "regfinfo")
	b := emptyOf(3)
	known := auditHive(b)
	sizes := []int{16344, 16345, 100_000, 1_000_000, 1<<20 - 4}
	size := 0
	for round := range 3 {
		m := newModel("root", nil)
		e := editorOf(t, b)
		for i, n := range sizes {
			name := fmt.Sprintf("v%d", i)
			data := bytes.Repeat([]byte{byte(i + 1), byte(round), 7}, n/3+1)[:n]
			ok(t, e.SetValue("", name, regf.RegBinary, data))
			m.values[folded(name)] = &modelValue{name, regf.RegBinary, data}
		}
		b = finished(t, e, b)
		judgeAll(t, b, m, known) // hivexregedit, reglookup, regfinfo and the audit
		path := hiveAt(t, b)
		for i, n := range sizes {
			out, err := perl.Feed(fmt.Sprintf("lsval v%d\n", i), "hivexsh", path)
			if want := m.values[folded(fmt.Sprintf("v%d", i))].data; err != nil || !bytes.Equal(out, want) {
				t.Errorf("hivexsh shows %d bytes, want %d, %v", len(out), n, err)
			}
			want := fmt.Sprintf("//v%d,BINARY,%s,", i, quoted(m.values[folded(fmt.Sprintf("v%d", i))].data, `%,"`))
			if out, err := perl.Run("reglookup", "-H", "-p", fmt.Sprintf("/v%d", i), path); err != nil || strings.TrimSpace(string(out)) != want {
				t.Errorf("reglookup shows %d characters, want %d, %v: %.30q ... %q", len(out), len(want), err, out, out[len(out)-9:])
			}
		}
		if rep, err := regfcheck.Check(bytes.NewReader(b), int64(len(b))); err != nil || len(rep.Findings) > 0 || rep.Lost > 0 {
			t.Errorf("regfcheck: %v, %v", rep.Findings, err)
		}
		if bytes.Contains(b[4096:], []byte("db\x02\x00")) {
			t.Error("there is a db cell")
		}
		e = editorOf(t, b)
		for i := range sizes {
			if round == 1 {
				ok(t, e.SetValue("", fmt.Sprintf("v%d", i), regf.RegDWORD, make([]byte, 4)))
			}
			ok(t, e.DeleteValue("", fmt.Sprintf("v%d", i)))
		}
		if b = finished(t, e, b); round == 0 {
			size = len(b)
		}
		if a := auditHive(b); len(a.sizes) != len(known.sizes) || len(b) != size {
			t.Errorf("%d cells in %d bytes, had %d in %d", len(a.sizes), len(b), len(known.sizes), size)
		}
	}
}
