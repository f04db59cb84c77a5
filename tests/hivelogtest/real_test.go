package hivelogtest

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
	"github.com/bootmend/bootmend/tests/realdata"
)

// real reads a file of the collection into memory.
func real(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(realdata.File(tb, name))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// yarpSet is the archive of small hives with damage and logs, by file name.
func yarpSet(tb testing.TB) map[string][]byte {
	tb.Helper()
	set := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(real(tb, "hives/yarp-hives-shared.tar.xz"))); ; {
		h, err := r.Next()
		if err == io.EOF {
			return set
		}
		if err != nil {
			tb.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			tb.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			set[path.Base(h.Name)] = b
		}
	}
}

func log(name string, b []byte) hivelog.Log {
	return hivelog.Log{Name: name, R: bytes.NewReader(b), Size: int64(len(b))}
}

func replay(tb testing.TB, hive []byte, logs ...hivelog.Log) *hivelog.Replay {
	tb.Helper()
	r, err := hivelog.Open(bytes.NewReader(hive), int64(len(hive)), logs)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// after is the hive after the replay; the patches must give the same bytes.
func after(tb testing.TB, hive []byte, r *hivelog.Replay) []byte {
	tb.Helper()
	b := make([]byte, r.Size)
	if _, err := r.Reader().ReadAt(b, 0); err != nil && err != io.EOF {
		tb.Fatal(err)
	}
	patches, err := r.Patches()
	if err != nil {
		tb.Fatal(err)
	}
	if got := applied(tb, hive, r.Size, patches); !bytes.Equal(got, b) {
		tb.Error("patches do not give what Reader gives")
	}
	return b
}

func applied(tb testing.TB, hive []byte, size int64, patches []regf.Patch) []byte {
	tb.Helper()
	out := make([]byte, max(size, int64(len(hive))))
	copy(out, hive)
	for i, p := range patches {
		switch {
		case p.Old != nil && !bytes.Equal(out[p.Off:p.Off+int64(len(p.Old))], p.Old), p.Old != nil && len(p.Old) != len(p.New):
			tb.Fatalf("patch at %#x: Old is not what is there", p.Off)
		case p.Old == nil && p.Off < int64(len(hive)):
			tb.Fatalf("patch at %#x inside the file has no Old", p.Off)
		case i > 0 && patches[i-1].Off < 512 && p.Off >= 512:
			tb.Fatalf("patch %d of %d comes after that of the first sector", i, len(patches))
		}
		copy(out[p.Off:], p.New)
	}
	return out
}

func counts(tb testing.TB, hive []byte) regf.Counts {
	tb.Helper()
	h, err := regf.Open(bytes.NewReader(hive), int64(len(hive)))
	if err != nil {
		tb.Fatal(err)
	}
	if s := h.State(); !s.Clean {
		tb.Errorf("not clean: %s", strings.Join(s.Reasons, "; "))
	}
	n, err := h.Check()
	if err != nil {
		tb.Error(err)
	}
	return n
}

func TestWin10(t *testing.T) {
	const name = "hives/win10-1709-x64-dirty.SYSTEM"
	hive := real(t, name+".xz")
	r := replay(t, hive, log("SYSTEM.LOG1", real(t, name+".LOG1.xz")), log("SYSTEM.LOG2", real(t, name+".LOG2.xz")))
	t.Logf("%s: %s", r.State, strings.Join(r.Reasons, "\n"))
	if r.State != hivelog.NeedsNewLogs || r.BinsSize != 0xc02000 || r.MaxSeq != 2130 || len(r.Used) != 2 {
		t.Fatalf("state %q, hbins %#x, highest number %d, %d logs", r.State, r.BinsSize, r.MaxSeq, len(r.Used))
	}
	got := after(t, hive, r)
	if n := counts(t, got); n != (regf.Counts{Keys: 35595, Values: 78901}) {
		t.Errorf("after the replay: %+v", n)
	}
	judge(t, repaired{b: got, rest: check(t, got)})
	t.Logf("log 1: %d entries, log 2: %d", len(r.Used[0].Entries), len(r.Used[1].Entries))
}

// TestRecoveredByWindows compares with what Windows 7 and 10 made of dirty
// hives: nothing but what they wrote after the recovery may differ.
func TestRecoveredByWindows(t *testing.T) {
	set := yarpSet(t)
	for _, c := range []struct {
		hive, recovered string
		state           hivelog.State
		seq             uint32
		differ          []int64 // bytes that may
	}{
		// Sequence numbers, time stamps, path and checksum, because Windows 7
		// loaded the hive from elsewhere and wrote it once more; the length of
		// the longest value name of one key, which was too large in the log.
		{"OldDirtyHive", "RecoveredHive_Windows7", hivelog.NeedsOldLog, 5,
			slices.Concat(span(0x04, 0x14), span(0x30, 0x70), span(0x1fc, 0x200), span(0x1014, 0x101c), span(0x6bdc8, 0x6bdc9))},
		{"NewDirtyHive", "RecoveredHive_Windows10", hivelog.NeedsNewLogs, 5, nil},
	} {
		t.Run(c.hive, func(t *testing.T) {
			hive, want := set[c.hive], set[c.recovered]
			r := replay(t, hive, log("a.LOG1", set[c.hive+".LOG1"]), log("a.LOG2", set[c.hive+".LOG2"]))
			if r.State != c.state || r.MaxSeq != c.seq {
				t.Fatalf("state %q, %d, %q", r.State, r.MaxSeq, r.Reasons)
			}
			got := after(t, hive, r)
			if len(got) != len(want) {
				t.Fatalf("%d bytes, Windows made %d", len(got), len(want))
			}
			for i := range want {
				if got[i] != want[i] && !slices.Contains(c.differ, int64(i)) {
					t.Errorf("%#x: %#x, Windows has %#x", i, got[i], want[i])
				}
			}
			if g, w := counts(t, got), counts(t, want); g != w {
				t.Errorf("%+v, Windows has %+v", g, w)
			}
		})
	}
}

func span(from, to int64) (all []int64) {
	for ; from < to; from++ {
		all = append(all, from)
	}
	return all
}

// TestYarpStates is what there is to say about every hive of the set, without
// and with its logs.
func TestYarpStates(t *testing.T) {
	set := yarpSet(t)
	want := map[string]hivelog.State{
		"FuseHive": hivelog.Clean, "FuseHive2": hivelog.Clean, "BadListHive": hivelog.Clean, "BigDataHive": hivelog.Clean,
		"CompHive": hivelog.Clean, "DuplicateSubkeysHive": hivelog.Clean, "EmptyHive": hivelog.Clean,
		"ExtendedASCIIHive": hivelog.Clean, "ManySubkeysHive": hivelog.Clean, "MultiSzHive": hivelog.Clean,
		"PairHive": hivelog.Clean, "UnicodeHive": hivelog.Clean, "ValuesOrderHive": hivelog.Clean,
		"RecoveredHive_Windows10": hivelog.Clean, "RecoveredHive_Windows7": hivelog.Clean,
		"GarbageHive":   hivelog.Lost, // the checksum is wrong
		"TruncatedHive": hivelog.Lost, // the base block is fine, the hbins are cut
		"NewDirtyHive":  hivelog.NoLog, "OldDirtyHive": hivelog.NoLog,
		"NewDirtyHive.LOG1": hivelog.Lost, "NewDirtyHive.LOG2": hivelog.Lost, "OldDirtyHive.LOG1": hivelog.Lost, "OldDirtyHive.LOG2": hivelog.Lost,
	}
	for name, b := range set {
		if r := replay(t, b); r.State != want[name] {
			t.Errorf("%s: %q, want %q: %q", name, r.State, want[name], r.Reasons)
		}
	}
	if len(set) != len(want) {
		t.Errorf("%d files in the set, %d known", len(set), len(want))
	}
	t.Logf("%d hives and logs", len(set))
}

// TestOrphanLogs: logs whose hive is not in the collection. Without it they
// hold most of a hive, but not all of it. All their entries count.
func TestOrphanLogs(t *testing.T) {
	r := replay(t, nil, log("SYSTEM.LOG1", real(t, "hives/orphan-log-A/SYSTEM.LOG1.xz")), log("SYSTEM.LOG2", real(t, "hives/orphan-log-A/SYSTEM.LOG2.xz")))
	if r.State != hivelog.Lost || r.MaxSeq != 216 || len(r.Logs) != 2 {
		t.Fatalf("%q, %d, %q", r.State, r.MaxSeq, r.Reasons)
	}
	if a, b := len(r.Logs[0].Entries), len(r.Logs[1].Entries); a != 8 || b != 31 {
		t.Errorf("%d and %d entries", a, b)
	}
}

// TestStoreLogs: boot stores that were closed in order, with their logs. The
// logs do not count, and the store's number is above those in them.
func TestStoreLogs(t *testing.T) {
	for _, name := range []string{"win10-zhcn-bios-store-on-gpt-x470", "win10-zhcn-uefi-surfacepro3"} {
		store := real(t, "bcd/"+name+".BCD.xz")
		r := replay(t, store, log("BCD.LOG", real(t, "bcd/"+name+".BCD.LOG.xz")))
		if r.State != hivelog.Clean || r.Replayed() || r.MaxSeq != le.Uint32(store[4:]) {
			t.Errorf("%s: %q, highest number %d, the store has %d", name, r.State, r.MaxSeq, le.Uint32(store[4:]))
		}
		// As if Windows had stopped before it made the store clean: replaying
		// what the store has already changes nothing in it.
		dirty := resum(hurt(store, 8, store[8]-1))
		r = replay(t, dirty, log("BCD.LOG", real(t, "bcd/"+name+".BCD.LOG.xz")))
		if got := after(t, dirty, r); r.State != hivelog.NeedsNewLogs || !bytes.Equal(got[4096:], store[4096:]) {
			t.Errorf("%s, not clean: %q", name, r.State)
		}
		t.Logf("%s: number %d, log %+v", name, le.Uint32(store[4:]), r.Logs[0].Reason)
	}
}
