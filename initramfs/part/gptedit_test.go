package part

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
)

// newGPT is a disk of 100 sectors with both copies of a GPT, two entries with a
// gap between them.
func newGPT() mem {
	m := newMem(100)
	m.entry(0, 0, 0, TypeProtective, 1, 99)
	entries := make([]byte, 128*gptEntrySize)
	for i, lba := range map[int]uint64{0: 40, 2: 50} {
		e := entries[i*gptEntrySize:]
		copy(e, bytes.Repeat([]byte{byte(i + 1)}, 2*guidSize))
		binary.LittleEndian.PutUint64(e[offEntryFirst:], lba)
		binary.LittleEndian.PutUint64(e[offEntryLast:], lba+5)
	}
	for lba, at := range map[uint64]uint64{1: 2, 99: 67} {
		h := m.data[lba*512 : lba*512+headerSize]
		copy(h, gptHeaderMagic)
		binary.LittleEndian.PutUint32(h[offRevision:], revision1)
		binary.LittleEndian.PutUint32(h[offHeaderSize:], headerSize)
		for off, n := range map[int]uint64{offMyLBA: lba, offAlternateLBA: 100 - lba, offFirstUsable: 34, offLastUsable: 66, offEntriesLBA: at} {
			binary.LittleEndian.PutUint64(h[off:], n)
		}
		binary.LittleEndian.PutUint32(h[offEntryCount:], 128)
		binary.LittleEndian.PutUint32(h[offEntrySize:], gptEntrySize)
		seal(h, entries)
		copy(m.data[at*512:], entries)
	}
	return m
}

func (m mem) with(patches []Patch) mem {
	data := slices.Clone(m.data)
	for _, p := range patches {
		copy(data[p.Off:], p.New)
	}
	return mem{data, m.sector}
}

// TestMendGPT: whatever of one copy is damaged, the result is to the byte what it
// was.
func TestMendGPT(t *testing.T) {
	sound := newGPT()
	e, err := EditGPT(sound)
	if err != nil || !e.Agree() || e.Protective() != "" || e.Gap() != 2 {
		t.Fatalf("%v, %v, %v", err, e.Primary(), e.Backup())
	}
	n := 0
	for _, off := range []int{0, 3, 12, 16, 24, 40, 48, 60, 72, 80, 84, 88} {
		for _, lba := range []int{1, 99} {
			n++
			broken := mem{slices.Clone(sound.data), 512}
			broken.data[lba*512+off] ^= 0x55
			if e, err = EditGPT(broken); err != nil {
				t.Fatal(err)
			}
			mend := map[int]func() ([]Patch, error){1: e.MendPrimary, 99: e.MendBackup}[lba]
			patches, err := mend()
			if got := broken.with(patches); err != nil || !bytes.Equal(got.data, sound.data) {
				t.Errorf("byte %d of LBA %d: %v, %v", off, lba, patches, err)
			}
		}
	}
	t.Logf("%d headers", n)
	empty := mem{slices.Clone(sound.data), 512}
	clear(empty.data[:512])
	if e, err = EditGPT(empty); err != nil || e.Protective() == "" {
		t.Fatalf("%v, %q", err, e.Protective())
	}
	patches, err := e.MendProtective()
	if again, err2 := EditGPT(empty.with(patches)); err != nil || err2 != nil || again.Protective() != "" {
		t.Errorf("%v, %v, %v", patches, err, err2)
	}
}

func TestEditGPTRefuses(t *testing.T) {
	for name, spoil := range map[string]func(mem){
		"both headers":              func(m mem) { clear(m.data[512:1024]); clear(m.data[99*512:]) },
		"one header, other entries": func(m mem) { clear(m.data[512:1024]); m.data[67*512+3] ^= 1 },
		"no GPT":                    func(m mem) { clear(m.data) },
		"the copy says it is elsewhere": func(m mem) {
			clear(m.data[512:1024])
			h := m.data[99*512 : 99*512+headerSize]
			binary.LittleEndian.PutUint64(h[offMyLBA:], 98)
			seal(h, nil)
		},
	} {
		m := newGPT()
		spoil(m)
		if _, err := EditGPT(m); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// FuzzEditGPT: no panic, and a patch never makes the copy worse that it mends.
func FuzzEditGPT(f *testing.F) {
	f.Add(newGPT().data[:2048], newGPT().data[66*512:])
	f.Add(newGPT().data[:1024], []byte{})
	f.Fuzz(func(t *testing.T, start, end []byte) {
		m := newGPT()
		copy(m.data, start)
		copy(m.data[66*512:], end)
		e, err := EditGPT(m)
		if err != nil {
			return
		}
		for _, mend := range []func() ([]Patch, error){e.MendPrimary, e.MendBackup, e.MendProtective} {
			patches, err := mend()
			if err != nil || len(patches) == 0 {
				continue
			}
			for _, p := range patches {
				if p.Off < 0 || p.Off+int64(len(p.New)) > m.Size() || len(p.Old) != len(p.New) {
					t.Fatalf("patch %v outside the disk", p)
				}
			}
			again, err := EditGPT(m.with(patches))
			if err != nil {
				t.Fatalf("with %v: %v", patches, err)
			}
			if (e.Primary() == nil) != (again.Primary() == nil) && again.Primary() != nil || e.Backup() == nil && again.Backup() != nil {
				t.Fatalf("with %v: %v, %v", patches, again.Primary(), again.Backup())
			}
		}
		_, _ = e.SetType(1, GUIDESP)
		e.Gap()
	})
}
