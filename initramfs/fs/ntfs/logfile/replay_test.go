package logfile

import (
	"bytes"
	"errors"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// Keys of open attributes.
const (
	kMFT, kIndex, kBitmap = 0x18, 0x40, 0x68
)

// begin makes a log with a checkpoint and the attributes open.
func begin() (*logBuilder, LSN) {
	w := newLog()
	cp := w.checkpoint()
	w.open(kMFT, 1<<48, 0x80, 0)
	w.open(kIndex, 5|5<<48, 0xa0, 4096)
	w.open(kBitmap, 6|6<<48, 0x80, 0)
	return w, cp
}

func commit(w *logBuilder, transaction uint32) {
	w.add(transaction, client(ForgetTransaction, CompensationLogRecord, 0, 0, 0, 0, 0, nil, nil))
}

func analyse(t *testing.T, b []byte) *Plan {
	t.Helper()
	l, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.Analyse()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func bitRange(first, n uint32) []byte { return le.AppendUint32(le.AppendUint32(nil, first), n) }

// story writes a file record, changes it in many ways and sets bits, in one
// transaction each; the last one is not finished.
func story() (log []byte, v *volume) {
	w, cp := begin()
	v = newVolume()
	v.put(tMFT, fileRecord(resident(0x10, 0, 0, "12345678")))
	full := fileRecord(resident(0x10, 0, 0, "12345678"))
	w.add(0x40, client(InitializeFileRecordSegment, Noop, kMFT, 2, 0, 0, 0, full[:0x80], nil, tMFT+2))
	name := resident(0x30, 1, 1, "name....")
	w.add(0x40, client(CreateAttribute, DeleteAttribute, kMFT, 2, 0, 0x58, 0, name, nil, tMFT+2))
	w.add(0x40, client(UpdateResidentValue, UpdateResidentValue, kMFT, 2, 0, 0x38, minAttr+2, []byte("XY"), []byte("34"), tMFT+2))
	w.add(0x40, client(SetBitsInNonResidentBitMap, ClearBitsInNonResidentBitMap, kBitmap, 0, 0, 0, 0, bitRange(3, 7), bitRange(3, 7), tBitmap))
	commit(w, 0x40)
	// Not finished: a longer value, the name gone, bits cleared.
	w.add(0x68, client(UpdateResidentValue, UpdateResidentValue, kMFT, 2, 0, 0x38, minAttr+2, []byte("a longer value"), []byte("XY5678"), tMFT+2))
	w.add(0x68, client(DeleteAttribute, CreateAttribute, kMFT, 2, 0, 0x60, 0, nil, name, tMFT+2))
	w.add(0x68, client(ClearBitsInNonResidentBitMap, SetBitsInNonResidentBitMap, kBitmap, 0, 0, 0, 0, bitRange(4, 2), bitRange(4, 2), tBitmap))
	return w.finish(cp, 0), v
}

func TestReplay(t *testing.T) {
	log, v := story()
	p := analyse(t, log)
	if p.Redo != 7 || len(p.Undo) != 3 || p.Transactions != 1 || len(p.Unknown) > 0 {
		t.Fatalf("%+v", p)
	}
	res, err := p.Replay(v, tGeometry)
	if err != nil || res.Redone != 7 || res.Undone != 3 {
		t.Fatalf("%+v, %v", res, err)
	}
	want := fileRecord(resident(0x10, 0, 0, "12XY5678"), resident(0x30, 1, 1, "name...."))
	got := v.get(tMFT+2, 1024)
	le.PutUint16(want[frsLinks:], 1)
	le.PutUint16(want[frsNextID:], 2)
	used := le.Uint32(want[frsUsed:])
	for _, b := range [][]byte{got, want} {
		clear(b[8:16])
		clear(b[0x30:0x38])
	}
	if !bytes.Equal(got[:used], want[:used]) {
		t.Errorf("got\n%x, want\n%x", got[:used], want[:used])
	}
	if bits := v.b[tBitmap*tCluster:][:2]; bits[0] != 0xf8 || bits[1] != 3 {
		t.Errorf("bits %x", bits)
	}
	if !bytes.Equal(v.get(tMirror+2, 1024)[:4], []byte("FILE")) {
		t.Error("$MFTMirr was not written")
	}
	for no, want := range map[int64]bool{1: false, 2: true, 3: false} {
		if p.Touches(no, tGeometry) != want {
			t.Errorf("record %d: touched %t", no, !want)
		}
	}
}

// TestReplayIndex: an entry into an index block, its times, another one out.
func TestReplayIndex(t *testing.T) {
	entry := func(n int, flags uint16, c byte) []byte {
		b := bytes.Repeat([]byte{c}, n)
		le.PutUint16(b[entLen:], uint16(n))
		le.PutUint16(b[entFlags:], flags)
		return b
	}
	block := make([]byte, 4096)
	copy(block, "INDX")
	le.PutUint16(block[4:], 0x28)
	le.PutUint16(block[6:], 9)
	a, b, end := entry(0x60, 0, 'a'), entry(0x68, 0, 'b'), entry(0x10, entEnd, 0)
	le.PutUint32(block[indexAt:], 0x28)
	le.PutUint32(block[indexAt+idxLen:], uint32(0x28+len(a)+len(end)))
	le.PutUint32(block[indexAt+idxAllocated:], 4096-indexAt)
	copy(block[0x40:], append(bytes.Clone(a), end...))
	w, cp := begin()
	lcns := []int64{tIndex, tIndex + 1, tIndex + 2, tIndex + 3}
	w.add(0x40, client(UpdateNonResidentValue, Noop, kIndex, 0, 0, 0, 0, block[:0x100], nil, lcns...))
	w.add(0x40, client(AddIndexEntryAllocation, DeleteIndexEntryAllocation, kIndex, 0, 0, 0, 0xa0, b, nil, lcns...))
	times := bytes.Repeat([]byte{9}, entTimesLen)
	w.add(0x40, client(UpdateFileNameAllocation, UpdateFileNameAllocation, kIndex, 0, 0, 0, 0xa0, times, times, lcns...))
	w.add(0x40, client(DeleteIndexEntryAllocation, AddIndexEntryAllocation, kIndex, 0, 0, 0, 0x40, nil, a, lcns...))
	commit(w, 0x40)
	v := newVolume()
	if _, err := analyse(t, w.finish(cp, 0)).Replay(v, tGeometry); err != nil {
		t.Fatal(err)
	}
	copy(b[entTimes:], times)
	got := v.get(tIndex, 4096)
	if want := append(b, end...); !bytes.Equal(got[0x40:0x40+len(want)], want) || le.Uint32(got[indexAt+idxLen:]) != uint32(0x28+len(want)) {
		t.Errorf("%x", got[:0x140])
	}
}

// TestRefused: nothing is written when one record cannot be carried out.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		body []byte
		want error
	}{
		"hot fix":          {client(HotFix, Noop, kMFT, 0, 0, 0, 0, nil, nil, tMFT), fs.ErrUnsupported},
		"new operation":    {client(38, Noop, kMFT, 0, 0, 0, 0, nil, nil, tMFT), fs.ErrUnsupported},
		"unknown target":   {client(UpdateResidentValue, Noop, 0x500, 0, 0, 0, 0, nil, nil, tMFT), fs.ErrUnsupported},
		"wrong target":     {client(UpdateResidentValue, Noop, kIndex, 0, 0, 0, 0, nil, nil, tMFT), fs.ErrUnsupported},
		"no cluster":       {client(UpdateResidentValue, Noop, kMFT, 0, 0, 0, 0, nil, nil), fs.ErrUnsupported},
		"cluster outside":  {client(UpdateResidentValue, Noop, kMFT, 0, 0, 0x38, 0, nil, nil, tClusters), fs.ErrUnsupported},
		"no file record":   {client(UpdateResidentValue, Noop, kMFT, 9, 0, 0x38, 0, nil, nil, tMFT+9), fs.ErrDamaged},
		"no attribute":     {client(UpdateResidentValue, Noop, kMFT, 0, 0, 0x40, minAttr, []byte("x"), nil, tMFT), fs.ErrDamaged},
		"value too long":   {client(UpdateResidentValue, Noop, kMFT, 0, 0, 0x38, minAttr, make([]byte, 1000), nil, tMFT), fs.ErrDamaged},
		"not non-resident": {client(UpdateMappingPairs, Noop, kMFT, 0, 0, 0x38, minNonRes, nil, nil, tMFT), fs.ErrDamaged},
		"bits outside":     {client(SetBitsInNonResidentBitMap, Noop, kBitmap, 0, 0, 0, 0, bitRange(8000, 1000), nil, tBitmap), fs.ErrUnsupported},
	} {
		w, cp := begin()
		w.add(0x40, client(SetBitsInNonResidentBitMap, Noop, kBitmap, 0, 0, 0, 0, bitRange(1, 2), nil, tBitmap))
		n := w.add(0x40, c.body)
		commit(w, 0x40)
		v := newVolume()
		v.put(tMFT, fileRecord(resident(0x10, 0, 0, "12345678")))
		_, err := analyse(t, w.finish(cp, 0)).Replay(v, tGeometry)
		var u *UnknownError
		if !errors.Is(err, c.want) || v.writes > 0 || errors.As(err, &u) && u.LSN != n {
			t.Errorf("%s: %v, %d writes", name, err, v.writes)
		}
	}
}
