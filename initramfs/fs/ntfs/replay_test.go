package ntfs

import (
	"bytes"
	"errors"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// logVolume has a log that begins with the given restart pages. It lies where
// nothing else does, unlike that of other tests.
func logVolume(pages ...[]byte) *tVolume {
	const at = tFree + 100
	tv := newTestVolume()
	tv.record(recordLogFile, recFlagInUse, nonResident(attrData, "", 64<<10, 64<<10, 0, run{0, at, 64}))
	copy(tv.b[at*tCluster:], bytes.Repeat([]byte{0xff}, 64<<10))
	copy(tv.b[at*tCluster:], bytes.Join(pages, nil))
	return tv
}

func TestDiscardLog(t *testing.T) {
	tv := logVolume(restart("RSTR", 5, 1, 1, 0, 0), restart("RSTR", 4, 1, 1, 0, 0))
	want := logVolume().b
	if err := tv.open(t).DiscardLog(); err != nil || !bytes.Equal(tv.b, want) {
		t.Errorf("the log is not empty, or more changed: %v", err)
	}
	if writes := tv.writes; writes != 1 {
		t.Errorf("%d writes, one block of 64 KiB was to be changed", writes)
	}
	if err := tv.open(t).DiscardLog(); err != nil || tv.writes != 1 {
		t.Errorf("again: %d writes, %v", tv.writes, err)
	}
	// Windows 8 and later keep more in a log of version 2.0.
	tv = logVolume(restart("RSTR", 5, 2, 0, 0, 0))
	if err := tv.open(t).DiscardLog(); !errors.Is(err, fs.ErrUnsupported) || tv.writes > 0 {
		t.Errorf("version 2.0: %d writes, %v", tv.writes, err)
	}
	// A run list that leads into $MFT, and one into free clusters.
	for name, first := range map[string]LCN{"$MFT": tMFT, "free": tFree} {
		tv = logVolume()
		tv.record(recordLogFile, recFlagInUse, nonResident(attrData, "", 64<<10, 64<<10, 0, run{0, first, 64}))
		copy(tv.b[int64(first)*tCluster:], "x")
		if name == "free" {
			clear(tv.b[tBitmap*tCluster+tFree/8:][:8])
		} else {
			tv.record(recordMFT, recFlagInUse, stdInfo(6), nonResident(attrData, "", 64*tCluster, 64*tCluster, 0, run{0, tMFT, 64}))
		}
		if err := tv.open(t).DiscardLog(); !errors.Is(err, fs.ErrDamaged) || tv.writes > 0 {
			t.Errorf("%s: %d writes, %v", name, tv.writes, err)
		}
	}
}

func TestReplayLogRefused(t *testing.T) {
	for name, c := range map[string]struct {
		first []byte
		want  error
	}{
		"empty":         {nil, nil},
		"clean":         {restart("RSTR", 5, 1, 1, 0, 2), nil},
		"version 2.0":   {restart("RSTR", 5, 2, 0, 0, 0), fs.ErrUnsupported},
		"no client":     {restart("RSTR", 5, 1, 1, 0, 0), fs.ErrUnsupported},
		"nothing there": {bytes.Repeat([]byte{0}, 4096), fs.ErrDamaged},
	} {
		tv := logVolume(c.first)
		if res, err := tv.open(t).ReplayLog(); !errors.Is(err, c.want) || tv.writes > 0 {
			t.Errorf("%s: %+v, %d writes, %v", name, res, tv.writes, err)
		}
	}
}
