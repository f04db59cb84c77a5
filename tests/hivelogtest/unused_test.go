package hivelogtest

import (
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
)

// TestUnused: which entries are left out, by log and number.
func TestUnused(t *testing.T) {
	dirty := fake{seq1: 10, seq2: 9, time: 100, pages: []byte{1, 2, 3}}
	clean := dirty
	clean.seq2 = 10
	e := func(seq uint32) entry { return entry{seq, 3, map[int]byte{0: 11}, 0} }
	one := len(dirty.hvle(e(10)))
	size := len(e(10).bytes())
	dirtLog := func(time uint64) []byte {
		f := fake{seq1: 10, seq2: 10, time: time, pages: dirty.pages, fileType: 1}
		return f.dirt(map[int]byte{1: 22})
	}
	for _, c := range []struct {
		name string
		hive fake
		bad  bool // base block of the hive
		logs m
		want string
	}{
		{"all used", dirty, false, m{"LOG1": dirty.hvle(e(10), e(11)), "LOG2": dirty.hvle(e(12))}, ""},
		{"clean", clean, false, m{"LOG1": dirty.hvle(e(10), e(11), e(13))}, ""},
		{"leftovers", dirty, false, m{"LOG1": slices.Concat(dirty.hvle(e(10)), e(5).bytes(), e(8).bytes())}, ""},
		{"leftovers that the hive's numbers do not tell", fake{seq1: 4, seq2: 3, pages: dirty.pages}, false, m{"LOG1": slices.Concat(dirty.hvle(e(10)), e(8).bytes(), e(9).bytes()),
			"LOG2": hurt(slices.Concat(dirty.hvle(e(11)), e(7).bytes()), 0x50, 7)}, "LOG2: 11; 0"},
		{"gap in a log", dirty, false, m{"LOG1": dirty.hvle(e(10), e(12), e(13), e(20))}, "LOG1: 12-13, 20; 0"},
		{"first entry", dirty, false, m{"LOG1": hurt(dirty.hvle(e(10), e(11)), one-1, 7), "LOG2": dirty.hvle(e(12), e(13))}, "LOG1: 11; 1 LOG2: 12-13; 0"},
		{"first log's base block", dirty, false, m{"LOG1": hurt(dirty.hvle(e(10), e(11)), 0x50, 7), "LOG2": dirty.hvle(e(12), e(13))}, "LOG1: 10-11; 0"},
		{"pages in the middle", dirty, false, m{"LOG1": hurt(dirty.hvle(e(10), e(11), e(12)), one+size-1, 7)}, "LOG1: 12; 1"},
		{"head in the middle", dirty, false, m{"LOG1": hurt(dirty.hvle(e(10), e(11), e(12)), one+33, 7)}, "LOG1: 12; 1"},
		{"signature in the middle", dirty, false, m{"LOG1": hurt(dirty.hvle(e(10), e(11), e(12)), one, 7)}, "LOG1: 12; 1"},
		{"torn", dirty, false, m{"LOG1": dirty.hvle(e(10), e(11))[:one+size-512]}, "LOG1: ; 1"},
		{"gap between logs", dirty, false, m{"LOG1": dirty.hvle(e(10)), "LOG2": dirty.hvle(e(12))}, "LOG2: 12; 0"},
		{"single beside two", dirty, false, m{"LOG": dirty.hvle(e(40)), "LOG1": dirty.hvle(e(10))}, "LOG: 40; 0"},
		{"bad base", dirty, true, m{"LOG1": slices.Concat(dirty.hvle(e(10)), e(7).bytes()), "LOG2": slices.Concat(dirty.hvle(e(11)), e(8).bytes())}, "LOG1: 10; 0"},
		{"old format", dirty, false, m{"LOG1": dirtLog(100), "LOG2": dirtLog(90)}, ""},
		{"old format, newer second", dirty, false, m{"LOG1": dirtLog(100), "LOG2": dirtLog(110)}, "LOG2: 10; 0"},
		{"old format, newer", dirty, false, m{"LOG1": dirtLog(110)}, "LOG1: 10; 0"},
	} {
		hive := c.hive.bytes()
		if c.bad {
			hive = hurt(hive, 0x1fc, 1, 2, 3, 4)
		}
		var logs []hivelog.Log
		for _, name := range []string{"LOG2", "LOG1", "LOG"} {
			if b, ok := c.logs[name]; ok {
				logs = append(logs, log(name[:3]+"."+name, b))
			}
		}
		r := replay(t, hive, logs...)
		var got []string
		whole := 0
		for _, u := range r.Unused {
			whole += len(u.Entries)
			got = append(got, strings.TrimPrefix(u.Log, "LOG.")+": "+u.Numbers()+"; "+string(rune('0'+u.Broken)))
			if u.Reason == "" || !slices.Contains(r.Reasons, u.String()) {
				t.Errorf("%s: no reason: %q", c.name, u)
			}
		}
		if s := strings.Join(got, " "); s != c.want || whole != r.WholeUnused() {
			t.Errorf("%s: %q, want %q (%s)", c.name, s, c.want, r.State)
		}
	}
}

// TestUnusedIsBounded: heads that all claim the rest of a log are not all hashed.
func TestUnusedIsBounded(t *testing.T) {
	dirty := fake{seq1: 10, seq2: 9, pages: []byte{1, 2, 3}}
	b := make([]byte, 4<<20)
	copy(b, dirty.hvle(entry{10, 3, map[int]byte{0: 1}, 0}))
	for off := 1 << 14; off+512 < len(b); off += 512 {
		h := b[off : off+40]
		copy(h, "HvLE")
		for at, v := range map[int]int{4: len(b) - off, 12: 50, 16: 3 * 4096, 20: 1} {
			le.PutUint32(h[at:], uint32(v))
		}
		le.PutUint64(h[32:], slowMarvin(h[:32]))
	}
	r := replay(t, dirty.bytes(), log("a.LOG1", b))
	if len(r.Unused) != 1 || r.WholeUnused() != 0 || r.Unused[0].Broken < 8000 {
		t.Errorf("%v", r.Unused)
	}
}
