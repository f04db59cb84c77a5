package hivelogtest

import (
	"bytes"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
	"github.com/bootmend/bootmend/initramfs/win/regf/regfcheck"
	"github.com/bootmend/bootmend/tests/realdata"
)

func check(tb testing.TB, hive []byte) *regfcheck.Report {
	tb.Helper()
	rep, err := regfcheck.Check(bytes.NewReader(hive), int64(len(hive)))
	if err != nil {
		tb.Fatal(err)
	}
	return rep
}

// soundHives are real hives and stores without damage, those that need logs
// after the replay.
func soundHives(tb testing.TB) map[string][]byte {
	all := map[string][]byte{}
	for _, name := range []string{"xp-sp3-x86-vmware.SYSTEM", "xp-sp3-x86-vmware.SOFTWARE", "win7-sp1-x86-vmware.SYSTEM",
		"amcache-win10.hve", "qthivex-rigorous", "rlenvalue_test_hive"} {
		all[name] = real(tb, "hives/"+name+".xz")
	}
	const ten = "hives/win10-1709-x64-dirty.SYSTEM"
	hive := real(tb, ten+".xz")
	all["win10-1709 replayed"] = after(tb, hive, replay(tb, hive, log("a.LOG1", real(tb, ten+".LOG1.xz")), log("a.LOG2", real(tb, ten+".LOG2.xz"))))
	dirty, err := replay(tb, hive).Accept()
	if err != nil {
		tb.Fatal(err)
	}
	all["win10-1709 without its logs"] = after(tb, hive, dirty)
	hive = real(tb, "hives/win81-x64-dirty-nolog.SYSTEM.xz")
	if dirty, err = replay(tb, hive).Accept(); err != nil {
		tb.Fatal(err)
	}
	all["win8.1 without its logs"] = after(tb, hive, dirty)
	set := yarpSet(tb)
	for name, b := range set {
		switch name {
		case "BadListHive", "DuplicateSubkeysHive", "GarbageHive", "TruncatedHive": // see TestYarpDamage
			continue
		}
		if r := replay(tb, b); r.State == hivelog.Clean {
			all[name] = b
		}
	}
	for _, name := range []string{"OldDirtyHive", "NewDirtyHive"} {
		r := replay(tb, set[name], log("a.LOG1", set[name+".LOG1"]), log("a.LOG2", set[name+".LOG2"]))
		all[name+" replayed"] = after(tb, set[name], r)
	}
	stores, err := filepath.Glob(filepath.Join(realdata.Dir(tb), "bcd", "*.xz"))
	if err != nil || len(stores) < 10 {
		tb.Fatalf("%d BCD stores, %v", len(stores), err)
	}
	for _, path := range stores {
		name := filepath.Base(path)
		if !strings.Contains(name, ".LOG") {
			all[name] = real(tb, "bcd/"+name)
		}
	}
	return all
}

// TestSound: no damage in hives that have none, and the same keys and values as
// package regf finds.
func TestSound(t *testing.T) {
	hives := soundHives(t)
	keys, values, harmless := 0, 0, map[regfcheck.Kind]int{}
	for _, name := range slices.Sorted(maps.Keys(hives)) {
		rep := check(t, hives[name])
		for _, f := range rep.Damage() {
			t.Errorf("%s: %v", name, f)
		}
		h, err := regf.Open(bytes.NewReader(hives[name]), int64(len(hives[name])))
		if err != nil {
			t.Fatal(err)
		}
		n, err := h.Check()
		if err != nil || n.Keys != rep.Keys || n.Values != rep.Values {
			t.Errorf("%s: %d keys, %d values; regf finds %+v, %v", name, rep.Keys, rep.Values, n, err)
		}
		keys, values = keys+rep.Keys, values+rep.Values
		for k, n := range rep.Counts {
			harmless[k] += n
		}
		fixed, err := regfcheck.Repair(rep, bytes.NewReader(hives[name]))
		if err != nil || len(fixed.Patches) != 0 || len(fixed.Mended) != 0 {
			t.Errorf("%s: repair changed something: %v", name, err)
		}
	}
	t.Logf("%d hives, %d keys, %d values, harmless: %v", len(hives), keys, values, harmless)
}

func TestYarpDamage(t *testing.T) {
	set := yarpSet(t)
	for _, c := range []struct {
		name string
		want map[regfcheck.Kind]int
		rest int // damage that cannot be mended
		keys int // afterwards
	}{
		{"BadListHive", map[regfcheck.Kind]int{regfcheck.RefShared: 1, regfcheck.KeyParent: 1, regfcheck.SecurityCount: 1, regfcheck.Orphan: 2}, 0, 7},
		{"DuplicateSubkeysHive", map[regfcheck.Kind]int{regfcheck.ListDuplicate: 1}, 1, 5003},
		{"GarbageHive", map[regfcheck.Kind]int{regfcheck.BaseChecksum: 1}, 0, 1},
		{"TruncatedHive", map[regfcheck.Kind]int{regfcheck.FileShort: 1, regfcheck.RefBad: 9, regfcheck.SecurityCount: 1, regfcheck.Orphan: 84}, 2, 2},
		{"CompHive", map[regfcheck.Kind]int{regfcheck.ListHash: 1}, 0, 4}, // harmless: a first character that is not ASCII
	} {
		rep := check(t, set[c.name])
		if !maps.Equal(rep.Counts, c.want) {
			t.Errorf("%s: %v, want %v", c.name, rep.Counts, c.want)
		}
		fixed, err := regfcheck.Repair(rep, bytes.NewReader(set[c.name]))
		if err != nil || fixed.Rest.Damaged != c.rest || fixed.Rest.Keys != c.keys {
			t.Errorf("%s: %v, rest %+v, want %d damaged, %d keys", c.name, err, fixed.Rest, c.rest, c.keys)
		}
	}
	for name, b := range set {
		if strings.Contains(name, ".LOG") {
			if rep, err := regfcheck.Check(bytes.NewReader(b), int64(len(b))); err == nil && rep.Damaged == 0 {
				t.Errorf("%s is a sound hive", name)
			}
		}
	}
}

// TestCorruptedXP: a SYSTEM hive of which half was overwritten. Its base block
// is perfect.
func TestCorruptedXP(t *testing.T) {
	hive := real(t, "hives/xp-sp3-x86-corrupted.SYSTEM.xz")
	rep := check(t, hive)
	if rep.Damaged < 300 || rep.Counts[regfcheck.BinSignature] != 30 {
		t.Errorf("%d damaged, %v", rep.Damaged, rep.Counts)
	}
	fixed := mended(t, hive, rep)
	if fixed.rest.Keys != 1831 || fixed.rest.Values != 5878 {
		t.Errorf("%d keys, %d values", fixed.rest.Keys, fixed.rest.Values)
	}
	judge(t, fixed)
	t.Logf("%d findings mended, %d keys and %d values left, %d bytes in cells that nothing uses", fixed.n, fixed.rest.Keys, fixed.rest.Values, fixed.rest.Lost)
}

// repaired is a hive after its repair.
type repaired struct {
	b    []byte
	rest *regfcheck.Report
	n    int // mends
	cut  int // those that cut something off
}

// mended repairs a hive and demands that nothing is left.
func mended(tb testing.TB, hive []byte, rep *regfcheck.Report) repaired {
	tb.Helper()
	fixed, err := regfcheck.Repair(rep, bytes.NewReader(hive))
	if err != nil {
		tb.Fatal(err)
	}
	for _, f := range fixed.Rest.Damage() {
		tb.Errorf("not mended: %v", f)
	}
	for _, m := range fixed.Mended {
		if m.Did == "" {
			tb.Errorf("silent: %v", m.Finding)
		}
	}
	b := applied(tb, hive, fixed.Size, fixed.Patches)
	if again := check(tb, b); again.Damaged != fixed.Rest.Damaged || again.Keys != fixed.Rest.Keys {
		tb.Errorf("the patches do not give what was checked")
	}
	return repaired{b, fixed.Rest, len(fixed.Mended), fixed.Cut()}
}

func TestUnsupported(t *testing.T) {
	for _, b := range [][]byte{nil, make([]byte, 100), make([]byte, 9000), []byte(strings.Repeat("CREG....", 2000)), real(t, "hives/not-regf-win98.SYSTEM.DAT.xz")} {
		if rep, err := regfcheck.Check(bytes.NewReader(b), int64(len(b))); err == nil {
			t.Errorf("%d bytes were checked: %+v", len(b), rep)
		}
	}
}

func TestReadError(t *testing.T) {
	hive := real(t, "hives/amcache-win10.hve.xz")
	if _, err := regfcheck.Check(bytes.NewReader(hive[:len(hive)/2]), int64(len(hive))); err == nil {
		t.Error("an unreadable hive was checked")
	}
	if _, err := hivelog.Open(bytes.NewReader(hive[:100]), int64(len(hive)), nil); err == nil {
		t.Error("an unreadable hive was opened")
	}
}
