package hivetest

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/tests/tool"
)

func opened(t testing.TB, b []byte) *regf.Hive {
	t.Helper()
	h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func finished(t testing.TB, e *regf.Editor, b []byte) []byte {
	t.Helper()
	r, err := e.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return applied(t, b, r)
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// emptyOf is a hive with nothing but a root, of a version.
func emptyOf(minor uint32) []byte {
	return regftest.Build(regftest.Key{Name: "root"}, regftest.Options{Minor: minor})
}

// put makes what a model has.
func put(t *testing.T, e *regf.Editor, m *model) {
	ok(t, e.CreateKey(m.path()))
	if m.class != "" {
		ok(t, e.SetClass(m.path(), m.class))
	}
	for _, f := range slices.Sorted(maps.Keys(m.values)) {
		v := m.values[f]
		ok(t, e.SetValue(m.path(), v.name, v.typ, v.data))
	}
	for _, f := range slices.Sorted(maps.Keys(m.kids)) {
		put(t, e, m.kids[f])
	}
}

// TestManySubkeys makes 100,000 keys below one, in no order, and removes them.
// hivex refuses a key with more than 70,000 subkeys; it judges the hive with as
// many, reglookup and the audit all.
func TestManySubkeys(t *testing.T) {
	tool.Need(t, "hivexregedit", "reglookup", "regfinfo")
	const hivexMost = 70_000
	for _, minor := range []uint32{3, 5} {
		t.Run(fmt.Sprintf("1.%d", minor), func(t *testing.T) {
			most := 4_000
			if campaign() {
				most = 100_000
			}
			b := emptyOf(minor)
			known := auditHive(b)
			m := newModel("root", nil)
			many := newModel("many", m)
			m.kids["many"] = many
			order := rand.New(rand.NewPCG(seed, 0)).Perm(most)
			start := time.Now()
			for len(order) > 0 {
				e := editorOf(t, b)
				n := min(len(order), max(hivexMost-len(many.kids), most/4))
				for _, i := range order[:n] {
					name := fmt.Sprintf("Key %x äÖ", i)
					ok(t, e.CreateKey(`many\`+name))
					many.kids[folded(name)] = newModel(name, many)
				}
				order = order[n:]
				b = finished(t, e, b)
				if len(many.kids) <= hivexMost {
					judgeAll(t, b, m, known)
				}
			}
			took := time.Since(start)
			judgeMany(t, b, m)
			size := len(b)
			e := editorOf(t, b)
			for i, f := range slices.Sorted(maps.Keys(many.kids)) {
				if i%2 == 0 {
					ok(t, e.DeleteKey(many.kids[f].path(), false))
					delete(many.kids, f)
				}
			}
			b = finished(t, e, b)
			if len(many.kids) <= hivexMost {
				judgeAll(t, b, m, known)
			}
			e = editorOf(t, b)
			ok(t, e.DeleteKey("MANY", true))
			b = finished(t, e, b)
			delete(m.kids, "many")
			judgeAll(t, b, m, known)
			if len(b) != size {
				t.Errorf("file has %d bytes, had %d", len(b), size)
			}
			t.Logf("%d keys in %d bytes, %v", most, size, took)
		})
	}
}

// judgeMany asks reglookup and the audit, and hivex for its refusal.
func judgeMany(t *testing.T, b []byte, m *model) {
	t.Helper()
	if a := auditHive(b); a.faults != nil || a.small != nil {
		t.Errorf("audit: %q %q", a.faults, a.small)
	}
	path := filepath.Join(t.TempDir(), "hive")
	ok(t, os.WriteFile(path, b, 0o600))
	judgeReglookup(t, path, m)
	n := len(m.kids["many"].kids)
	_, err := perl.Run("hivexregedit", "--export", path, `\`)
	if n > 70_000 && !says(err, "Numerical result out of range") {
		t.Errorf("hivex reads %d subkeys, it did not use to: %v", n, err)
	} else if n <= 70_000 && err != nil {
		t.Errorf("hivex: %v", err)
	}
}

// TestValueSizes sets data of every length at which its form changes, grows and
// shrinks it, up to one MiB.
func TestValueSizes(t *testing.T) {
	tool.Need(t, "hivexregedit", "reglookup", "regfinfo")
	for _, minor := range []uint32{3, 4, 6} {
		if minor == 6 && !campaign() {
			continue
		}
		t.Run(fmt.Sprintf("1.%d", minor), func(t *testing.T) {
			sizes := []int{0, 1, 4, 5, 12, 13, 4061, 4065, 16343, 16344}
			if minor > 3 {
				sizes = append(sizes, 16345, 32688, 32689, 1<<20)
			}
			b := emptyOf(minor)
			known := auditHive(b)
			m := newModel("root", nil)
			for i, from := range sizes {
				e := editorOf(t, b)
				for j, to := range sizes {
					name := fmt.Sprintf("%d", j)
					for _, n := range []int{from, to} {
						data := bytes.Repeat([]byte{byte(i), byte(j), byte(n)}, n/3+1)[:n]
						ok(t, e.SetValue("", name, regf.RegBinary, data))
						m.values[name] = &modelValue{name, regf.RegBinary, data}
					}
				}
				b = finished(t, e, b)
			}
			for name := range m.values {
				m.values[folded(name)] = m.values[name]
				delete(m.values, name)
			}
			judgeAll(t, b, m, known)
			e := editorOf(t, b)
			size := len(b)
			for _, v := range m.values {
				ok(t, e.DeleteValue("", v.name))
			}
			b = finished(t, e, b)
			if a := auditHive(b); len(a.sizes) != len(known.sizes) || len(b) != size {
				t.Errorf("%d cells in %d bytes, had %d", len(a.sizes), len(b), len(known.sizes))
			}
		})
	}
}

// TestNoGrowth makes and undoes the same edits a hundred times, in the campaign
// a thousand, each time as an edit of its own: the hive grows the first time
// and never again.
func TestNoGrowth(t *testing.T) {
	times := 100
	if campaign() {
		times = 1000
	}
	for _, minor := range []uint32{3, 5} {
		b := emptyOf(minor)
		known := auditHive(b)
		size := 0
		for i := range times {
			e := editorOf(t, b)
			for k := range 12 {
				key := fmt.Sprintf(`a\b%d\c%d`, k%3, k)
				ok(t, e.CreateKey(key))
				ok(t, e.SetClass(key, "class"))
				for v := range 4 {
					ok(t, e.SetValue(key, fmt.Sprint("value ", v), regf.RegBinary, make([]byte, 1+v*v*v*v*60+k)))
				}
			}
			b = finished(t, e, b)
			e = editorOf(t, b)
			if i%2 == 0 {
				ok(t, e.DeleteKey("a", true))
			} else {
				for k := range 12 {
					ok(t, e.DeleteKey(fmt.Sprintf(`a\b%d\c%d`, k%3, k), false))
				}
				for k := range 3 {
					ok(t, e.DeleteKey(fmt.Sprintf(`a\b%d`, k), false))
				}
				ok(t, e.DeleteKey("a", false))
			}
			b = finished(t, e, b)
			if i == 0 {
				size = len(b)
			}
			if len(b) != size {
				t.Fatalf("1.%d: %d bytes after %d times, %d after the first", minor, len(b), i+1, size)
			}
		}
		a := auditHive(b)
		if len(a.faults) > 0 || len(a.sizes) != len(known.sizes) {
			t.Errorf("%d cells, %q", len(a.sizes), a.faults)
		}
		t.Logf("1.%d: %d bytes, %d cells as in the beginning", minor, size, len(a.sizes))
	}
}

// TestFullReuse deletes a control set of a real hive and makes it anew: the
// space it had is enough for it. The hive of Windows 7 has no free byte to speak
// of, so that lists which grow entry by entry need a little more than it gave
// them at once; the second time that is there.
func TestFullReuse(t *testing.T) {
	tool.Need(t, "hivexregedit", "reglookup", "regfinfo")
	for _, s := range []struct {
		hive, key string
		more      uint32 // bytes that the hive may grow by, the first time
	}{
		{"hives/xp-sp3-x86-vmware.SYSTEM.xz", "ControlSet003", 0},
		{"hives/win7-sp1-x86-vmware.SYSTEM.xz", "ControlSet001", 64 << 10},
	} {
		times := 1
		if campaign() {
			times = 2
		} else if s.more > 0 {
			continue
		}
		b, err := os.ReadFile(realHive(t, s.hive).path)
		ok(t, err)
		known := auditHive(b)
		h := opened(t, b)
		root, err := h.Root()
		ok(t, err)
		m := loadModel(t, root, nil)
		for range times {
			bins := opened(t, b).Header().BinsSize
			e := editorOf(t, b)
			ok(t, e.DeleteKey(s.key, true))
			put(t, e, m.kids[folded(s.key)])
			b = finished(t, e, b)
			if now := opened(t, b).Header().BinsSize; now > bins+s.more {
				t.Errorf("%s: %#x bytes of bins, had %#x", s.hive, now, bins)
			}
			s.more = 0
		}
		judgeAll(t, b, m, known)
	}
}
