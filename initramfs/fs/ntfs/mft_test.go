package ntfs

import (
	"errors"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// splitMFT makes a volume whose $MFT has its first 40 records where they were,
// and the others at tFree+100, which record `in` says.
func splitMFT(in uint64, lowest VCN) *tVolume {
	v := newTestVolume()
	v.dir(recordRoot, entry{name: "far", no: 50})
	v.file(50, resident(attrData, "", []byte("far")))
	const second = tFree + 100
	copy(v.b[second*tCluster:], v.b[(tMFT+40)*tCluster:(tMFT+64)*tCluster])
	clear(v.b[(tMFT+40)*tCluster : (tMFT+64)*tCluster])
	item := func(typ attrType, vcn VCN, no uint64, instance uint16) []byte {
		b := make([]byte, 0x20)
		le.PutUint32(b, uint32(typ))
		b[4], b[7] = 0x20, 0x1a
		le.PutUint64(b[8:], uint64(vcn))
		le.PutUint64(b[0x10:], no|1<<48)
		le.PutUint16(b[0x18:], instance)
		return b
	}
	list := append(item(attrData, 0, 0, 2), item(attrData, lowest, in, 0)...)
	v.record(recordMFT, recFlagInUse, stdInfo(6), resident(attrAttributeList, "", list), nonResident(attrData, "", 64*tCluster, 64*tCluster, 0, run{0, tMFT, 40}))
	v.extension(24, 0, recFlagInUse, nonResident(attrData, "", 0, 0, 0, run{40, second, 24}))
	return v
}

func TestSplitMFT(t *testing.T) {
	v := splitMFT(24, 40).open(t)
	f, err := v.Open("far")
	if err != nil {
		t.Fatal(err)
	}
	var b [3]byte
	if _, err := f.ReadAt(b[:], 0); err != nil || string(b[:]) != "far" {
		t.Errorf("%q, %v", b, err)
	}
	if len(v.mft.runs) != 2 {
		t.Errorf("runs %v", v.mft.runs)
	}
	for name, bad := range map[string]*tVolume{
		"described in a record that it describes": splitMFT(50, 40),
		"parts do not join":                       splitMFT(24, 41),
		"record of another kind":                  splitMFT(recordVolume, 40),
	} {
		if _, err := Open(bad); !errors.Is(err, fs.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestConcurrentReads lets several goroutines share a volume and a file.
func TestConcurrentReads(t *testing.T) {
	v := fuzzVolume().open(t)
	f, err := v.Open(`dir\inner`)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	for i := range 8 {
		go func() {
			_, err := f.ReadAt(make([]byte, 1500), int64(100*i))
			if err == nil {
				_, err = v.Stat("LIST")
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
