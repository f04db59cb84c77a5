package journal

import (
	"bytes"
	"crypto/sha256"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
)

type fixedSpace struct{ r Reservation }

func (s fixedSpace) Reserve(int64) (Reservation, error) { return s.r, nil }

// committed is a small disk with a journal in the state Committed.
func committed(t testing.TB) (disk []byte, rec *Record) {
	t.Helper()
	log := &blocktest.Log{}
	dev := log.Record(blocktest.NewMem(make([]byte, 128<<10), 512))
	o := overlay.New(dev)
	if _, err := o.WriteAt([]byte("something new"), 100<<10); err != nil {
		t.Fatal(err)
	}
	changes, err := o.Changes()
	if err != nil {
		t.Fatal(err)
	}
	tx := &Transaction{ID: [16]byte{1}, Disks: []Disk{{
		Attached: Attached{Name: "a", Dev: dev},
		Identity: []block.Range{{Off: 0, Len: 512}},
		Changes:  []Change{{changes[0], Metadata}},
		Volumes: []Volume{{Witnesses: []Witness{{Ranges: []block.Range{{Off: 110 << 10, Len: 1024}}}},
			Dirty: []Bits{{Off: 110<<10 + 7, Count: 1}}}},
	}}}
	home := Home{Copies: [2]int64{4096, 8192}, Space: fixedSpace{Reservation{
		Extents: []block.Range{{Off: 32 << 10, Len: 32 << 10}}, Marks: []Bits{{Off: 96 << 10, First: 3, Count: 8}}}}}
	if _, err := Commit(tx, home); err != nil {
		t.Fatal(err)
	}
	for n := range log.Events() {
		disk := log.Cut(n).Stable[0]
		if rec, err := Locate(blocktest.NewMem(disk, 512)); err == nil && rec.State == Committed {
			return disk, rec
		}
	}
	t.Fatal("no cut leaves it committed")
	return nil, nil
}

// FuzzRecover gives recovery records and manifests that have their hashes and
// are wrong in other ways: it must neither panic nor write outside the disk,
// and what it finishes is finished.
func FuzzRecover(f *testing.F) {
	disk, rec := committed(f)
	start := rec.body.extents[0].Off
	body := bytes.Clone(disk[rec.head.self+headerSize : rec.head.self+headerSize+int64(rec.head.bodyLen)])
	manifest := bytes.Clone(disk[start : start+rec.head.manifestLen])
	for state := Prepared; state <= Closing; state++ {
		f.Add(uint8(state), body, manifest)
	}
	f.Fuzz(func(t *testing.T, state uint8, body, manifest []byte) {
		if len(body) > BlockSize-headerSize || len(manifest) > 16<<10 {
			return
		}
		d, h := bytes.Clone(disk), rec.head
		copy(d[start:], manifest)
		h.state = State(state%4 + 1)
		h.bodyLen, h.bodySum = uint32(len(body)), sha256.Sum256(body)
		h.manifestLen, h.manifestSum = int64(len(manifest)), sha256.Sum256(manifest)
		copy(d[h.self:], encodeRecord(h, body))
		h.self, h.other = h.other, h.self
		copy(d[h.self:], encodeRecord(h, body))
		dev := blocktest.NewMem(d, 512)
		disks := []Attached{{Name: "a", Dev: dev}}
		home := Home{Copies: rec.Copies}
		j, err := Open(disks, home)
		if err != nil {
			return
		}
		if _, err := j.View(0, disks); err != nil {
			return
		}
		if _, err := j.Finish(); err == nil {
			if r, err := Locate(dev); err == nil {
				t.Errorf("finished, and %v is left", r.State)
			}
		}
	})
}
