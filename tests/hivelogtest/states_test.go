package hivelogtest

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
)

// stateCase is a hive with logs and what must come of it: the number in each
// page afterwards.
type stateCase struct {
	name  string
	hive  []byte
	logs  map[string][]byte // by suffix
	state hivelog.State
	pages []byte
	max   uint32
	why   string // a part of the reasons, where they matter
}

// hurt changes bytes of a copy.
func hurt(b []byte, off int, with ...byte) []byte {
	b = bytes.Clone(b)
	copy(b[off:], with)
	return b
}

func newCases() []stateCase {
	clean := fake{seq1: 9, seq2: 9, pages: []byte{1, 2, 3}}
	dirty := fake{seq1: 10, seq2: 9, pages: []byte{1, 2, 3}, tail: 8192}
	one := entry{10, 3, map[int]byte{0: 11, 2: 13}, 0}
	two := entry{11, 3, map[int]byte{2: 23}, 0}
	three := entry{12, 3, map[int]byte{1: 32}, 1}
	grow := entry{11, 6, map[int]byte{3: 4, 4: 5, 5: 6}, 0}
	stale := entry{5, 3, map[int]byte{0: 99}, 0}
	later := entry{40, 3, map[int]byte{0: 99}, 0}
	cat := func(parts ...[]byte) []byte { return slices.Concat(parts...) }
	bad := hurt(dirty.bytes(), 0x1fc, 1, 2, 3, 4)
	wrap := fake{seq1: 0xfffffff0, seq2: 0xffffffef, pages: []byte{1, 2, 3}}
	torn := cat(dirty.hvle(one), two.bytes()[:1024])
	return []stateCase{
		{"clean, newer logs", clean.bytes(), m{"LOG1": clean.hvle(one, two)}, hivelog.Clean, []byte{1, 2, 3}, 11, ""},
		{"no logs", dirty.bytes(), nil, hivelog.NoLog, nil, 10, "there are no logs"},
		{"empty logs", dirty.bytes(), m{"LOG1": {}, "LOG2": make([]byte, 1024)}, hivelog.NoLog, nil, 10, "it is empty"},
		{"one log", dirty.bytes(), m{"LOG1": dirty.hvle(one, two)}, hivelog.NeedsNewLogs, []byte{11, 2, 23}, 11, ""},
		{"single log", dirty.bytes(), m{"LOG": dirty.hvle(one, two)}, hivelog.NeedsNewLogs, []byte{11, 2, 23}, 11, ""},
		{"installation's log beside two", dirty.bytes(), m{"LOG": dirty.hvle(later), "LOG1": dirty.hvle(one)}, hivelog.NeedsNewLogs, []byte{11, 2, 13}, 40, ""},
		{"log 1 then 2", dirty.bytes(), m{"LOG1": dirty.hvle(one), "LOG2": dirty.hvle(two, three)}, hivelog.NeedsNewLogs, []byte{11, 32, 23}, 12, ""},
		{"log 2 then 1", dirty.bytes(), m{"LOG2": dirty.hvle(one), "LOG1": dirty.hvle(two, three)}, hivelog.NeedsNewLogs, []byte{11, 32, 23}, 12, ""},
		{"gap between logs", dirty.bytes(), m{"LOG1": dirty.hvle(one), "LOG2": dirty.hvle(three)}, hivelog.NeedsNewLogs, []byte{11, 2, 13}, 12, ""},
		{"gap in a log", dirty.bytes(), m{"LOG1": dirty.hvle(one, three)}, hivelog.NeedsNewLogs, []byte{11, 2, 13}, 12, ""},
		{"old log before", dirty.bytes(), m{"LOG1": dirty.hvle(stale), "LOG2": dirty.hvle(one)}, hivelog.NeedsNewLogs, []byte{11, 2, 13}, 10, ""},
		{"only old logs", dirty.bytes(), m{"LOG1": dirty.hvle(stale)}, hivelog.NoLog, nil, 10, "before the hive's 9"},
		{"numbers far ahead", dirty.bytes(), m{"LOG1": dirty.hvle(later)}, hivelog.NeedsNewLogs, []byte{99, 2, 3}, 40, ""},
		{"torn last entry", dirty.bytes(), m{"LOG1": torn}, hivelog.NeedsNewLogs, []byte{11, 2, 13}, 11, ""},
		{"torn, other log goes on", dirty.bytes(), m{"LOG1": torn, "LOG2": dirty.hvle(two)}, hivelog.NeedsNewLogs, []byte{11, 2, 23}, 11, ""},
		{"leftovers behind", dirty.bytes(), m{"LOG1": cat(dirty.hvle(one), stale.bytes(), later.bytes())}, hivelog.NeedsNewLogs, []byte{11, 2, 13}, 40, ""},
		{"leftover goes on by chance", dirty.bytes(), m{"LOG1": cat(dirty.hvle(one), two.bytes())}, hivelog.NeedsNewLogs, []byte{11, 2, 23}, 11, ""},
		{"first entry not the log's", dirty.bytes(), m{"LOG1": cat(dirty.hvle(one)[:512], two.bytes())}, hivelog.NoLog, nil, 11, "expected 10"},
		{"bad page hash", dirty.bytes(), m{"LOG1": hurt(dirty.hvle(one, two), len(dirty.hvle(one))+100, 7)}, hivelog.NeedsNewLogs, []byte{11, 2, 13}, 11, ""},
		{"bad head hash", dirty.bytes(), m{"LOG1": hurt(dirty.hvle(one, two), len(dirty.hvle(one))+32, 7, 7)}, hivelog.NeedsNewLogs, []byte{11, 2, 13}, 10, ""},
		{"bad first hash", dirty.bytes(), m{"LOG1": hurt(dirty.hvle(one), 612, 7)}, hivelog.NoLog, nil, 10, "hash"},
		{"log's checksum", dirty.bytes(), m{"LOG1": hurt(dirty.hvle(one), 0x50, 7)}, hivelog.NoLog, nil, 10, "checksum"},
		{"log being written", dirty.bytes(), m{"LOG1": resum(hurt(dirty.hvle(one), 8, 9))}, hivelog.NoLog, nil, 10, "being written"},
		{"growth", dirty.bytes()[:4*4096], m{"LOG1": dirty.hvle(one, grow)}, hivelog.NeedsNewLogs, []byte{11, 2, 13, 4, 5, 6}, 11, ""},
		{"growth into the tail", dirty.bytes(), m{"LOG1": dirty.hvle(one, grow)}, hivelog.NeedsNewLogs, []byte{11, 2, 13, 4, 5, 6}, 11, ""},
		{"growth without pages", dirty.bytes(), m{"LOG1": dirty.hvle(one, entry{11, 6, map[int]byte{5: 6}, 0})}, hivelog.Lost, nil, 11, "no whole hive"},
		{"shrinks", dirty.bytes(), m{"LOG1": dirty.hvle(one, entry{11, 2, map[int]byte{1: 7}, 0})}, hivelog.NeedsNewLogs, []byte{11, 7}, 11, ""},
		{"page outside the hbins", dirty.bytes(), m{"LOG1": dirty.hvle(one, entry{11, 3, map[int]byte{3: 7}, 0})}, hivelog.NeedsNewLogs, []byte{11, 2, 13}, 11, ""},
		{"numbers wrap", wrap.bytes(), m{"LOG1": wrap.hvle(entry{0xfffffff0, 3, one.set, 0}), "LOG2": wrap.hvle(entry{0xfffffff1, 3, two.set, 0})}, hivelog.NeedsNewLogs, []byte{11, 2, 23}, 0xfffffff1, ""},
		{"no number left", wrap.bytes(), m{"LOG1": wrap.hvle(entry{0xffffffff, 3, one.set, 0})}, hivelog.Lost, nil, 0xffffffff, "emptied"},
		{"clean, stray log with the last number", clean.bytes(), m{"LOG1": clean.hvle(entry{0xffffffff, 3, one.set, 0}), "LOG2": clean.hvle(one)}, hivelog.Clean, []byte{1, 2, 3}, 10, ""},
		{"stray log with the last number", dirty.bytes(), m{"LOG1": dirty.hvle(one), "LOG2": dirty.hvle(entry{0xffffffff, 3, two.set, 0})}, hivelog.NeedsNewLogs, []byte{11, 2, 13}, 10, ""},
		{"bad base, one log", bad, m{"LOG1": dirty.hvle(one, two)}, hivelog.NeedsBase, []byte{11, 2, 23}, 11, ""},
		{"bad base, later log only", bad, m{"LOG1": dirty.hvle(one), "LOG2": dirty.hvle(two)}, hivelog.NeedsBase, []byte{1, 2, 23}, 11, ""},
		{"bad base, no logs", bad, nil, hivelog.Lost, nil, 0, "checksum"},
		{"zeroed hive, all pages in the log", make([]byte, 4096), m{"LOG1": dirty.hvle(entry{10, 3, map[int]byte{0: 1, 1: 2, 2: 3}, 0})}, hivelog.NeedsBase, []byte{1, 2, 3}, 10, ""},
		{"empty file, all pages in the log", nil, m{"LOG1": dirty.hvle(entry{10, 3, map[int]byte{0: 1, 1: 2, 2: 3}, 0})}, hivelog.NeedsBase, []byte{1, 2, 3}, 10, ""},
		{"empty file, some pages", nil, m{"LOG1": dirty.hvle(one)}, hivelog.Lost, nil, 10, "no whole hive"},
		{"clean but short", clean.bytes()[:8192], m{"LOG1": clean.hvle(one)}, hivelog.Lost, nil, 10, "do not count"},
	}
}

type m = map[string][]byte

// resum sets the checksum of a base block.
func resum(b []byte) []byte {
	checksum(b)
	return b
}

func oldCases() []stateCase {
	hive := fake{seq1: 6, seq2: 5, time: 100, binTime: 90, pages: []byte{1, 2, 3}}
	log := fake{seq1: 6, seq2: 6, time: 100, pages: hive.pages, fileType: 1}
	at := func(time uint64, f fake) fake { f.time = time; return f }
	set, other := map[int]byte{1: 22, 2: 23}, map[int]byte{0: 91}
	old := log
	old.fileType = 2
	big := log
	big.cluster = 8
	grown := log
	grown.pages = []byte{1, 2, 3, 4, 5}
	bad := hurt(hive.bytes(), 0x1fc, 1, 2, 3, 4)
	alt := fake{seq1: 5, seq2: 5, time: 80, pages: []byte{7, 8, 9, 10}}
	cleanHive := hive
	cleanHive.seq2 = 6
	return []stateCase{
		{"clean, log of the same write", cleanHive.bytes(), m{"LOG1": log.dirt(set)}, hivelog.Clean, []byte{1, 2, 3}, 6, ""},
		{"log", hive.bytes(), m{"LOG": log.dirt(set)}, hivelog.NeedsOldLog, []byte{1, 22, 23}, 6, ""},
		{"log of Windows 2000", hive.bytes(), m{"LOG": old.dirt(set)}, hivelog.NeedsOldLog, []byte{1, 22, 23}, 6, ""},
		{"sectors of 4096", hive.bytes(), m{"LOG": big.dirt(set)}, hivelog.NeedsOldLog, []byte{1, 22, 23}, 6, ""},
		{"first log", hive.bytes(), m{"LOG1": log.dirt(set), "LOG2": log.dirt(other)}, hivelog.NeedsOldLog, []byte{1, 22, 23}, 6, ""},
		{"second log matches", hive.bytes(), m{"LOG1": at(90, log).dirt(other), "LOG2": log.dirt(set)}, hivelog.NeedsOldLog, []byte{1, 22, 23}, 6, ""},
		{"second log newer", hive.bytes(), m{"LOG1": at(90, log).dirt(other), "LOG2": at(110, log).dirt(set)}, hivelog.NeedsOldLog, []byte{1, 22, 23}, 6, ""},
		{"second log older", hive.bytes(), m{"LOG2": at(80, log).dirt(set)}, hivelog.NoLog, nil, 6, "another write"},
		{"first log newer", hive.bytes(), m{"LOG1": at(110, log).dirt(set)}, hivelog.NoLog, nil, 6, "another write"},
		{"cut", hive.bytes(), m{"LOG": log.dirt(set)[:5000]}, hivelog.NoLog, nil, 6, "its pages end at"},
		{"no vector", hive.bytes(), m{"LOG": hurt(log.dirt(set), 512, 'D', 'I', 'R', 'X')}, hivelog.NoLog, nil, 6, "DIRT"},
		{"being written", hive.bytes(), m{"LOG": resum(hurt(log.dirt(set), 8, 5))}, hivelog.NoLog, nil, 6, "being written"},
		{"remnants behind", hive.bytes(), m{"LOG": append(log.dirt(set), make([]byte, 3000)...)}, hivelog.NeedsOldLog, []byte{1, 22, 23}, 6, ""},
		{"growth", hive.bytes(), m{"LOG": grown.dirt(map[int]byte{1: 22, 3: 24, 4: 25})}, hivelog.NeedsOldLog, []byte{1, 22, 3, 24, 25}, 6, ""},
		{"bad base", bad, m{"LOG": at(90, log).dirt(set)}, hivelog.NeedsBase, []byte{1, 22, 23}, 6, ""},
		{"bad base, other time", bad, m{"LOG": log.dirt(set)}, hivelog.Lost, nil, 6, "another write"},
		{"bad base, second log newer", bad, m{"LOG1": at(80, log).dirt(other), "LOG2": log.dirt(set)}, hivelog.NeedsBase, []byte{1, 22, 23}, 6, ""},
		{"new and old log", hive.bytes(), m{"LOG1": hive.hvle(entry{6, 3, map[int]byte{0: 50}, 0}), "LOG2": log.dirt(set)}, hivelog.NeedsNewLogs, []byte{50, 2, 3}, 6, ""},
		{"log tears a bin", hive.bytes(), m{"LOG": hurt(log.dirt(set), 1024, 'x')}, hivelog.Lost, nil, 6, "no whole hive"},
		{"alternate", hive.bytes(), m{"LOG": at(1, log).dirt(set), "ALT": alt.bytes()}, hivelog.NeedsAlternate, []byte{7, 8, 9, 10}, 6, ""},
		{"alternate of a bad base", bad, m{"ALT": alt.bytes()}, hivelog.NeedsAlternate, []byte{7, 8, 9, 10}, 5, ""},
		{"log before alternate", hive.bytes(), m{"LOG": log.dirt(set), "ALT": alt.bytes()}, hivelog.NeedsOldLog, []byte{1, 22, 23}, 6, ""},
		{"alternate being written", hive.bytes(), m{"ALT": fake{seq1: 5, seq2: 4, pages: alt.pages}.bytes()}, hivelog.NoLog, nil, 6, "being written"},
		{"clean hive, other alternate", cleanHive.bytes(), m{"ALT": alt.bytes()}, hivelog.Clean, []byte{1, 2, 3}, 6, ""},
	}
}

func TestStates(t *testing.T) {
	cases := append(newCases(), oldCases()...)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var logs []hivelog.Log
			for _, name := range []string{"ALT", "LOG2", "LOG1", "LOG"} {
				if b, ok := c.logs[name]; ok {
					logs = append(logs, log("system."+strings.ToLower(name), b))
				}
			}
			r := replay(t, c.hive, logs...)
			why := strings.Join(r.Reasons, "; ")
			if r.State != c.state || r.MaxSeq != c.max || !strings.Contains(why, c.why) {
				t.Fatalf("state %q (want %q), highest number %d (want %d), %s (want %q)", r.State, c.state, r.MaxSeq, c.max, why, c.why)
			}
			if len(r.Logs) != len(logs) {
				t.Errorf("%d logs told of, %d given", len(r.Logs), len(logs))
			}
			got := after(t, c.hive, r)
			if c.pages == nil {
				if !bytes.Equal(got, c.hive) || r.Usable() {
					t.Error("a hive that cannot be used was changed")
				}
				return
			}
			checkFake(t, r, got, c)
		})
	}
	t.Logf("%d states", len(cases))
}

// checkFake looks at the base block and the number in each page.
func checkFake(t *testing.T, r *hivelog.Replay, got []byte, c stateCase) {
	t.Helper()
	if n := le.Uint32(got[40:]); int(n) != len(c.pages)*4096 || r.BinsSize != int64(n) {
		t.Fatalf("hbins size %#x in the base block, %#x told", n, r.BinsSize)
	}
	if r.Size < int64(len(c.hive)) || r.Size < r.BinsSize+4096 {
		t.Errorf("the file became %d bytes", r.Size)
	}
	want := bytes.Clone(got[:4096])
	checksum(want)
	seq1, seq2, kind := le.Uint32(got[4:]), le.Uint32(got[8:]), le.Uint32(got[28:])
	if !bytes.Equal(want, got[:4096]) || seq1 != seq2 || kind != 0 || (r.Replayed() && seq1 <= c.max) {
		t.Errorf("base block: numbers %d %d, type %d", seq1, seq2, kind)
	}
	for i, v := range c.pages {
		page := got[4096*(i+1):][:4096]
		if string(page[:4]) != "hbin" || int(le.Uint32(page[4:])) != i*4096 || !bytes.Equal(page[36:], slices.Repeat([]byte{v}, 4096-36)) {
			t.Errorf("page %d is of %d, want %d", i, page[40], v)
		}
	}
}
