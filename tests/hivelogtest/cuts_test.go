package hivelogtest

import (
	"bytes"
	"math/rand"
	"slices"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
)

// TestPowerCuts writes the patches in part, sectors in any order before the
// base block, and demands that replaying the same logs then gives the same hive.
func TestPowerCuts(t *testing.T) {
	const seed = 4
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewSource(seed))
	hive := fake{seq1: 10, seq2: 9, time: 100, pages: []byte{1, 2, 3, 4, 5, 6, 7, 8}}
	logOld := hive
	logOld.seq2, logOld.fileType, logOld.binTime = 10, 1, 100 // Windows writes the time into the first hbin, too
	first := entry{10, 8, map[int]byte{0: 11, 2: 13, 7: 18}, 0}
	second := entry{11, 10, map[int]byte{2: 23, 8: 29, 9: 30, 1: 22}, 0}
	cases := [][]hivelog.Log{
		{log("a.LOG1", hive.hvle(first)), log("a.LOG2", hive.hvle(second))},
		{log("a.LOG1", hive.hvle(first, second))},
		{log("a.LOG", logOld.dirt(map[int]byte{0: 11, 3: 14, 4: 15, 7: 18}))},
	}
	n := 0
	for _, logs := range cases {
		for _, broken := range []bool{false, true} {
			file := hive.bytes()
			if broken { // base block damaged, from the log
				file[0x30] ^= 1
				le.PutUint64(file[4096+20:], 100)
			}
			r := replay(t, file, logs...)
			if !r.Usable() {
				t.Fatalf("%q %q", r.State, r.Reasons)
			}
			want := after(t, file, r)
			patches, err := r.Patches()
			if err != nil {
				t.Fatal(err)
			}
			for range 200 {
				cut := someSectors(rnd, file, r.Size, patches)
				r := replay(t, cut, logs...)
				if got := after(t, cut, r); !bytes.Equal(got, want) {
					t.Fatalf("%q after a cut gives another hive: %q", r.State, r.Reasons)
				}
				n++
			}
		}
	}
	t.Logf("%d power cuts", n)
}

// someSectors writes some sectors of all patches but the last, the base block's.
func someSectors(rnd *rand.Rand, file []byte, size int64, patches []regf.Patch) []byte {
	out := bytes.Clone(file)
	if rnd.Intn(2) == 0 { // the file may have been made longer before
		out = append(out, make([]byte, int(size)-len(file))...)
	}
	for _, p := range patches[:len(patches)-1] {
		for i := 0; i < len(p.New); i += 512 {
			if rnd.Intn(2) == 0 || int(p.Off)+i+512 > len(out) {
				continue
			}
			copy(out[int(p.Off)+i:], p.New[i:i+512])
		}
	}
	return out
}

func TestAccept(t *testing.T) {
	hive := fake{seq1: 10, seq2: 9, pages: []byte{1, 2}}.bytes()
	r := replay(t, hive, log("a.LOG1", fake{}.hvle(entry{4, 2, map[int]byte{0: 9}, 0})))
	if r.State != hivelog.NoLog {
		t.Fatal(r.State)
	}
	a, err := r.Accept()
	if err != nil {
		t.Fatal(err)
	}
	got := after(t, hive, a)
	if le.Uint32(got[4:]) != 11 || le.Uint32(got[8:]) != 11 || !bytes.Equal(got[4096:], hive[4096:]) {
		t.Error("accepted hive is not the same with a clean base block")
	}
	if patches, err := a.Patches(); err != nil || len(patches) != 1 {
		t.Errorf("%d patches, %v", len(patches), err)
	}
	if r = replay(t, got); r.State != hivelog.Clean {
		t.Error(r.State)
	}
	if _, err := r.Accept(); err == nil {
		t.Error("a clean hive was accepted")
	}
}

func TestWrongLogs(t *testing.T) {
	hive := fake{seq1: 10, seq2: 9, pages: []byte{1}}.bytes()
	for _, logs := range [][]hivelog.Log{
		{log("SYSTEM.LOG3", nil)}, {log("SYSTEM", nil)}, {log("SYSTEM.LOG1", nil), log("system.log1", nil)},
	} {
		if r, err := hivelog.Open(bytes.NewReader(hive), int64(len(hive)), logs); err == nil {
			t.Errorf("%v: %v", logs, r.State)
		}
	}
}

func TestTransactions(t *testing.T) {
	set := map[string]string{}
	file := func(name string, b ...byte) hivelog.TransactionFile {
		return hivelog.TransactionFile{Name: name, R: bytes.NewReader(b), Size: int64(len(b))}
	}
	blf := file("{x}.TM.blf", 1, 2, 3)
	empty := file("{x}.TMContainer00000000000000000001.regtrans-ms", make([]byte, 200_000)...)
	used := file("{x}.TMContainer00000000000000000002.REGTRANS-MS", append(make([]byte, 100_000), 1)...)
	locked := fake{seq1: 9, seq2: 9, pages: []byte{1}, flags: 1}
	released := locked
	released.flags = 0xfe
	xp := resum(hurt(locked.bytes(), 0xa4, 0, 0, 0, 0))
	none := resum(hurt(locked.bytes(), 0x70, 0))
	dirty := fake{seq1: 10, seq2: 9, pages: []byte{1}, flags: 1}
	unlock := log("a.LOG1", dirty.hvle(entry{10, 1, map[int]byte{0: 2}, 0}))
	lock := log("a.LOG1", released.hvle(entry{10, 1, map[int]byte{0: 2}, 1}))
	dirtyReleased := fake{seq1: 10, seq2: 9, pages: []byte{1}}
	for _, c := range []struct {
		name  string
		hive  []byte
		logs  []hivelog.Log
		files []hivelog.TransactionFile
		want  hivelog.Pending
	}{
		{"released", released.bytes(), nil, []hivelog.TransactionFile{blf, used}, hivelog.NotPending},
		{"before Vista", xp, nil, []hivelog.TransactionFile{blf, used}, hivelog.NotPending},
		{"no manager", none, nil, []hivelog.TransactionFile{blf, used}, hivelog.NotPending},
		{"locked, no files", locked.bytes(), nil, nil, hivelog.NotPending},
		{"locked, empty container", locked.bytes(), nil, []hivelog.TransactionFile{blf, empty}, hivelog.NotPending},
		{"locked, records", locked.bytes(), nil, []hivelog.TransactionFile{blf, empty, used}, hivelog.MaybePending},
		{"log released it", dirty.bytes(), []hivelog.Log{unlock}, []hivelog.TransactionFile{used}, hivelog.NotPending},
		{"log locked it", dirtyReleased.bytes(), []hivelog.Log{lock}, []hivelog.TransactionFile{used}, hivelog.MaybePending},
		{"no log", dirty.bytes(), nil, nil, hivelog.MaybePending},
	} {
		got, why, err := replay(t, c.hive, c.logs...).Transactions(c.files)
		if err != nil || got != c.want || why == "" {
			t.Errorf("%s: %q, %q, %v; want %q", c.name, got, why, err, c.want)
		}
		set[why] = c.name
	}
	if len(set) != 7 {
		t.Errorf("%d different reasons", len(set))
	}
	t.Logf("%d reasons", len(set))
}

// TestRealTransactionIDs: identifiers as they occur in names of files.
func TestRealTransactionIDs(t *testing.T) {
	hive := real(t, "hives/win7-sp1-x86-vmware.SYSTEM.xz")
	ids, err := replay(t, hive).TransactionIDs()
	want := []string{"{6cced300-6e01-11de-8bed-001e0bcd1824}", "{6cced300-6e01-11de-8bed-001e0bcd1824}", "{6cced301-6e01-11de-8bed-001e0bcd1824}"}
	if err != nil || !slices.Equal(ids, want) {
		t.Errorf("%q, %v", ids, err)
	}
}
