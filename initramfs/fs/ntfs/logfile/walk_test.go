package logfile

import (
	"bytes"
	"errors"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// long fills the log until it goes round, with records of all sizes.
func long() (w *logBuilder, cp LSN, all []LSN) {
	w = newLog()
	for i := 0; w.round < 2 || w.off < tSize*2/5; i++ {
		if w.off > tSize/2 && cp == 0 {
			cp = w.checkpoint()
			all = append(all, cp)
		}
		n := w.add(0x18, client(Noop, Noop, 0, 0, 0, 0, 0, make([]byte, i*136%9000), nil))
		if cp != 0 {
			all = append(all, n)
		}
	}
	return w, cp, all
}

func TestWalkRound(t *testing.T) {
	w, cp, all := long()
	l, err := Open(bytes.NewReader(w.finish(cp, 0)), tSize)
	if err != nil || l.Clean() || l.Restart() != cp {
		t.Fatal(err)
	}
	var got []LSN
	last, err := l.Walk(cp, func(r Record) error {
		got = append(got, r.LSN)
		return nil
	})
	if err != nil || last != w.last || len(got) != len(all) {
		t.Fatalf("to %#x, want %#x: %v", uint64(last), uint64(w.last), err)
	}
	for i, n := range all {
		if got[i] != n {
			t.Fatalf("record %d: %#x, want %#x", i, uint64(got[i]), uint64(n))
		}
	}
	t.Logf("%d records", len(got))
}

func TestWalkDamaged(t *testing.T) {
	w, cp, all := long()
	log := w.finish(cp, 0)
	// A page in the middle is torn.
	l, _ := Open(bytes.NewReader(log), tSize)
	middle := l.offset(all[len(all)/2]) / tPage * tPage
	log[middle+511] ^= 1
	if l, err := Open(bytes.NewReader(log), tSize); err != nil {
		t.Fatal(err)
	} else if _, err := l.Walk(cp, func(Record) error { return nil }); !errors.Is(err, fs.ErrDamaged) {
		t.Errorf("torn page: %v", err)
	}
	// A copy of it makes good.
	tail := bytes.Clone(log[middle : middle+tPage])
	tail[511] ^= 1
	unprotect(tail)
	le.PutUint64(tail[pageFileOff:], uint64(middle))
	protect(tail)
	copy(log[3*tPage:], tail)
	if l, err := Open(bytes.NewReader(log), tSize); err != nil {
		t.Fatal(err)
	} else if _, err := l.Walk(cp, func(Record) error { return nil }); err != nil {
		t.Errorf("with a copy of the page: %v", err)
	}
}

func TestOpen(t *testing.T) {
	log, _ := story()
	for name, c := range map[string]struct {
		change func(b []byte)
		want   error
	}{
		"version 2.0": {func(b []byte) {
			for _, at := range []int{0, tPage} {
				le.PutUint16(b[at+pageMajor:], 2)
				le.PutUint16(b[at+pageMinor:], 0)
			}
		}, fs.ErrUnsupported},
		"chkdsk":       {func(b []byte) { copy(b, "CHKD"); copy(b[tPage:], "CHKD") }, fs.ErrUnsupported},
		"torn":         {func(b []byte) { b[511] ^= 1; b[tPage+511] ^= 1 }, fs.ErrDamaged},
		"empty":        {func(b []byte) { copy(b, bytes.Repeat([]byte{0xff}, 2*tPage)) }, fs.ErrDamaged},
		"two clients":  {func(b []byte) { b[0x30+areaClients] = 2; b[tPage+0x30+areaClients] = 2 }, fs.ErrUnsupported},
		"other client": {func(b []byte) { b[0x70+clientName] = 'X'; b[tPage+0x70+clientName] = 'X' }, fs.ErrUnsupported},
		"larger file":  {func(b []byte) { b[0x30+areaFileSize+1] = 0x50; b[tPage+0x30+areaFileSize+1] = 0x50 }, fs.ErrDamaged},
	} {
		b := bytes.Clone(log)
		c.change(b)
		if l, err := Open(bytes.NewReader(b), tSize); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, %v", name, l, err)
		}
	}
	// One good page is enough, and the newer one counts.
	b := bytes.Clone(log)
	b[511] ^= 1
	if _, err := Open(bytes.NewReader(b), tSize); err != nil {
		t.Errorf("second page alone: %v", err)
	}
	if _, err := Open(bytes.NewReader(log[:tSize-tPage]), tSize-tPage); !errors.Is(err, fs.ErrDamaged) {
		t.Errorf("cut: %v", err)
	}
}

// FuzzReplay changes a log and the volume at some places: no panic, bounded
// time, typed errors, and nothing written with an error.
func FuzzReplay(f *testing.F) {
	log, v := story()
	f.Add([]byte{})
	f.Add([]byte{0x41, 0x30, 9, 0x42, 0x10, 7})
	f.Fuzz(func(t *testing.T, patch []byte) {
		b, vol := bytes.Clone(log), &volume{b: bytes.Clone(v.b)}
		for n := 0; len(patch) >= 3 && n < 60; patch, n = patch[3:], n+1 {
			at := int(patch[0])<<8 | int(patch[1])
			if at < 0x8000 {
				b[(at+0x4000*(at>>14))%len(b)] = patch[2] // restart pages, first record page
			} else {
				vol.b[tMFT*tCluster+at%(4*tCluster)] = patch[2]
			}
		}
		l, err := Open(bytes.NewReader(b), int64(len(b)))
		var p *Plan
		if err == nil {
			p, err = l.Analyse()
		}
		if err == nil {
			_, err = p.Replay(vol, tGeometry)
		}
		if err != nil && (vol.writes > 0 || !errors.Is(err, fs.ErrDamaged) && !errors.Is(err, fs.ErrUnsupported)) {
			t.Fatalf("%d writes, %v", vol.writes, err)
		}
	})
}
