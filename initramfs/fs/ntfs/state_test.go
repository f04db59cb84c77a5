package ntfs

import (
	"bytes"
	"strings"
	"testing"
)

// restart makes a restart page of 4 KiB.
func restart(magic string, lsn uint64, major, minor, inUse, flags uint16) []byte {
	b := make([]byte, 4096)
	copy(b, magic)
	le.PutUint32(b[0x10:], 4096)
	le.PutUint32(b[0x14:], 4096)
	le.PutUint16(b[0x18:], 0x30)
	le.PutUint16(b[0x1a:], minor)
	le.PutUint16(b[0x1c:], major)
	area := b[0x30:]
	le.PutUint64(area, lsn)
	le.PutUint16(area[0x08:], 1)
	le.PutUint16(area[0x0a:], 0xffff)
	le.PutUint16(area[0x0c:], inUse)
	le.PutUint16(area[0x0e:], flags)
	le.PutUint32(area[0x10:], 67-16)
	le.PutUint16(area[0x14:], 0xe0)
	le.PutUint16(area[0x16:], 0x40)
	le.PutUint64(area[0x18:], 64<<10)
	protect(b, 0x1e)
	return b
}

func TestLogState(t *testing.T) {
	ff := bytes.Repeat([]byte{0xff}, 4096)
	page := func(lsn uint64, inUse, flags uint16) []byte { return restart("RSTR", lsn, 1, 1, inUse, flags) }
	torn := page(9, 0xffff, 2)
	torn[1023] ^= 1
	for _, c := range []struct {
		name          string
		first, second []byte
		clean         bool
		why           string
	}{
		{"empty", ff, ff, true, "empty"},
		{"no client", page(5, 0xffff, 0), page(4, 0xffff, 0), true, "no client"},
		{"in use, flagged clean", page(5, 0, 2), page(4, 0, 2), true, "dismounted in order"},
		{"in use", page(5, 0, 0), page(4, 0, 2), false, "not clean"},
		{"newer second page is clean", page(4, 0, 0), page(5, 0, 2), true, "dismounted"},
		{"newer second page is not", page(4, 0, 2), page(5, 0, 0), false, "not clean"},
		{"chkdsk was here", restart("CHKD", 5, 1, 1, 0xffff, 0), ff, true, "no client"},
		{"only the second page", ff, page(5, 0, 0), false, "not clean"},
		{"version 2.0 looks clean", restart("RSTR", 5, 2, 0, 0xffff, 2), restart("RSTR", 4, 2, 0, 0xffff, 2), false, "2.0"},
		{"version 2.0", restart("RSTR", 5, 2, 0, 0, 0), restart("RSTR", 4, 2, 0, 0, 0), false, "2.0"},
		{"version 1.0", restart("RSTR", 5, 1, 0, 0xffff, 2), ff, false, "1.0"},
		{"torn first page", torn, page(4, 0xffff, 2), false, "cannot be judged"},
		{"torn second page", page(4, 0xffff, 2), torn, false, "cannot be judged"},
		{"zeros", make([]byte, 4096), make([]byte, 4096), false, "no restart page"},
		{"client out of range", page(5, 7, 2), ff, false, "cannot be judged"},
	} {
		log := bytes.Repeat([]byte{0xff}, 64<<10)
		copy(log, c.first)
		copy(log[4096:], c.second)
		s, err := JudgeLog(bytes.NewReader(log), int64(len(log)))
		if err != nil || s.Clean != c.clean || !strings.Contains(s.Why, c.why) || s.Empty != (c.why == "empty") {
			t.Errorf("%s: %+v, %v", c.name, s, err)
		}
		if len(s.Evidence) == 0 {
			t.Errorf("%s: no evidence", c.name)
		}
	}
}

func TestLogTooSmall(t *testing.T) {
	for _, n := range []int64{0, 1, 511, 1023} {
		if s, err := JudgeLog(bytes.NewReader(bytes.Repeat([]byte{0xff}, int(n))), n); err != nil || s.Clean || s.Why == "" {
			t.Errorf("%d bytes: %+v, %v", n, s, err)
		}
	}
}

func TestHibernation(t *testing.T) {
	for _, c := range []struct {
		magic  string
		size   int64
		active bool
	}{{"hibr", 1 << 30, true}, {"HIBR", 1 << 30, true}, {"wake", 1 << 30, false}, {"RSTR", 1 << 30, false}, {"\x00\x00\x00\x00", 1 << 30, false},
		{"\x00\x00\x00\x00", 4095, true}, {"", 0, true}, {"wake", 4096, false}} {
		if h := judgeHibernation([]byte(c.magic), c.size); h.Active != c.active || !h.Exists || len(h.Evidence) != 2 || h.Why == "" {
			t.Errorf("%q of %d: %+v", c.magic, c.size, h)
		}
	}
}

func TestState(t *testing.T) {
	build := func(flags uint16, hiber string) *Volume {
		tv := newTestVolume()
		tv.record(recordVolume, recFlagInUse, resident(attrVolumeName, "", u16s("Läbel")),
			resident(attrVolumeInformation, "", []byte{0, 0, 0, 0, 0, 0, 0, 0, 3, 1, byte(flags), byte(flags >> 8)}))
		if hiber != "" {
			tv.dir(recordRoot, entry{name: "hiberfil.sys", no: 30, namespace: nameWin32})
			tv.file(30, nonResident(attrData, "", 8192, 8192, 0, run{0, tFree, 8}))
			copy(tv.b[tFree*tCluster:], hiber)
		}
		return tv.open(t)
	}
	s, err := build(0x0080, "").State()
	if err != nil || s.Label != "Läbel" || s.Major != 3 || s.Minor != 1 || s.Flags != 0x80 || s.Serial != 0x1122334455667788 || len(s.Blockers()) != 0 {
		t.Errorf("%+v, %v, %q", s, err, s.Blockers())
	}
	// The evidence names the very bytes.
	v := build(0x4001, "")
	s, err = v.State()
	if err != nil || len(s.Blockers()) != 2 {
		t.Errorf("%+v, %v, %q", s, err, s.Blockers())
	}
	last := s.Evidence[len(s.Evidence)-1]
	var b [2]byte
	if _, err := v.dev.ReadAt(b[:], tMFT*tCluster+last.Off); err != nil || le.Uint16(b[:]) != 0x4001 || last.Path != `\$MFT` {
		t.Errorf("evidence %+v points at %#x", last, b)
	}
	for flags, want := range map[uint16]int{0: 0, 1: 1, 0x4000: 1, 0x80: 0, 0x8000: 0, 0x0100: 1, 0x1001: 2} {
		if s, err := build(flags, "").State(); err != nil || len(s.Blockers()) != want {
			t.Errorf("%#x: %q, %v", flags, s.Blockers(), err)
		}
	}
	for magic, want := range map[string]bool{"hibr": true, "HIBR": true, "wake": false, "RSTR": false} {
		if s, err := build(0, magic).State(); err != nil || s.Hibernation.Active != want || (len(s.Blockers()) == 1) != want {
			t.Errorf("%s: %+v, %v", magic, s.Hibernation, err)
		}
	}
}

func FuzzLog(f *testing.F) {
	f.Add(restart("RSTR", 5, 1, 1, 0, 2))
	f.Add(bytes.Repeat([]byte{0xff}, 4096))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := JudgeLog(bytes.NewReader(b), int64(len(b)))
		if err == nil && s.Why == "" {
			t.Error("no reason")
		}
	})
}
