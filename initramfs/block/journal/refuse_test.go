package journal_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/journal"
)

// TestRefusals: what contradicts itself or the disk is refused before the
// first write.
func TestRefusals(t *testing.T) {
	p := newPatient(t, variants()[0])
	base := p.base[0]
	for _, tt := range []struct {
		name string
		edit func(tx *journal.Transaction, h *journal.Home, disk []byte)
		want error
	}{
		{"no ID", func(tx *journal.Transaction, _ *journal.Home, _ []byte) { tx.ID = [16]byte{} }, journal.ErrInvalid},
		{"no disks", func(tx *journal.Transaction, _ *journal.Home, _ []byte) { tx.Disks = nil }, journal.ErrInvalid},
		{"home elsewhere", func(_ *journal.Transaction, h *journal.Home, _ []byte) { h.Disk = 2 }, journal.ErrInvalid},
		{"file without file", func(_ *journal.Transaction, h *journal.Home, _ []byte) { h.Disk = journal.OnFile }, journal.ErrInvalid},
		{"no class", func(tx *journal.Transaction, _ *journal.Home, _ []byte) { tx.Disks[0].Changes[1].Class = 0 }, journal.ErrInvalid},
		{"half a sector", func(tx *journal.Transaction, _ *journal.Home, _ []byte) { tx.Disks[0].Changes[1].Off++ }, journal.ErrInvalid},
		{"images of two lengths", func(tx *journal.Transaction, _ *journal.Home, _ []byte) { tx.Disks[0].Changes[1].Before = nil }, journal.ErrInvalid},
		{"past the end", func(tx *journal.Transaction, _ *journal.Home, _ []byte) { tx.Disks[0].Changes[1].Off = 1 << 40 }, journal.ErrInvalid},
		{"twice the same", func(tx *journal.Transaction, _ *journal.Home, _ []byte) {
			tx.Disks[0].Changes = append(tx.Disks[0].Changes, tx.Disks[0].Changes[0])
		}, journal.ErrInvalid},
		{"changed disk", func(_ *journal.Transaction, _ *journal.Home, d []byte) { d[base+dataAt+600]++ }, journal.ErrChanged},
		{"payload cluster taken", func(_ *journal.Transaction, _ *journal.Home, d []byte) { d[base+bitmapAt+4] |= 0x80 }, journal.ErrChanged},
		{"dirty already", func(_ *journal.Transaction, _ *journal.Home, d []byte) { d[base+dirtyByte] |= 1 }, journal.ErrChanged},
		{"stream without marks", func(tx *journal.Transaction, _ *journal.Home, _ []byte) { tx.Disks[0].Streams[0].Marks = nil }, journal.ErrInvalid},
		{"stream nobody reserves", func(tx *journal.Transaction, _ *journal.Home, _ []byte) {
			tx.Disks[0].Streams[0].Marks[0].Count++
		}, journal.ErrInvalid},
		{"stream over payload", func(tx *journal.Transaction, _ *journal.Home, _ []byte) {
			tx.Disks[0].Streams[0].Off = base + (freeAt+1)*cluster
		}, journal.ErrInvalid},
		{"change over record", func(_ *journal.Transaction, h *journal.Home, _ []byte) { h.Copies[0] = base + dataAt + 512 }, journal.ErrInvalid},
		{"record not aligned", func(_ *journal.Transaction, h *journal.Home, _ []byte) { h.Copies[0] += 512 }, journal.ErrInvalid},
		{"one copy twice", func(_ *journal.Transaction, h *journal.Home, _ []byte) { h.Copies[1] = h.Copies[0] }, journal.ErrInvalid},
		{"record not empty", func(_ *journal.Transaction, h *journal.Home, d []byte) { d[h.Copies[1]+4000] = 1 }, journal.ErrInvalid},
		{"nobody offers space", func(_ *journal.Transaction, h *journal.Home, _ []byte) { h.Space = nil }, journal.ErrInvalid},
		{"no space", func(_ *journal.Transaction, h *journal.Home, _ []byte) { h.Space = space{err: journal.ErrNoSpace} }, journal.ErrNoSpace},
		{"too little space", func(_ *journal.Transaction, h *journal.Home, _ []byte) {
			h.Space = space{r: journal.Reservation{Extents: []block.Range{{Off: base + freeAt*cluster, Len: cluster}}}}
		}, journal.ErrNoSpace},
		{"a space of crumbs", func(_ *journal.Transaction, h *journal.Home, _ []byte) {
			h.Space = space{r: crumbs(base)}
		}, journal.ErrNoSpace},
		{"witness past the end", func(tx *journal.Transaction, _ *journal.Home, _ []byte) {
			tx.Disks[1].Identity[0].Off = 1 << 50
		}, journal.ErrInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			mems := p.mems(clones(p.before))
			ts := targets(mems)
			tx, h := p.transaction(t, ts), p.where(ts)
			tt.edit(tx, &h, mems[0].Bytes())
			res, err := journal.Commit(tx, h)
			if !errors.Is(err, tt.want) || res.Outcome != journal.Before {
				t.Errorf("Commit = %+v, %v; want %v", res, err, tt.want)
			}
			untouched(t, mems)
		})
	}
}

type space struct {
	r   journal.Reservation
	err error
}

func (s space) Reserve(int64) (journal.Reservation, error) { return s.r, s.err }

// crumbs are more bits than a record can name.
func crumbs(base int64) journal.Reservation {
	r := journal.Reservation{Extents: []block.Range{{Off: base + freeAt*cluster, Len: freeCount * cluster}}}
	for range 300 {
		r.Marks = append(r.Marks, journal.Bits{Off: base + bitmapAt, First: freeAt, Count: 1})
	}
	return r
}

// TestOpenJournalBlocks: one journal at a time.
func TestOpenJournalBlocks(t *testing.T) {
	p := newPatient(t, variants()[0])
	mems := p.mems(p.openAt(t, journal.Replay))
	ts := targets(mems)
	if _, err := journal.Commit(p.transaction(t, ts), p.where(ts)); !errors.Is(err, journal.ErrOpen) {
		t.Errorf("Commit = %v", err)
	}
	untouched(t, mems)
}

// TestSourceThatFails: content of a stream that cannot be read to its end
// leaves the disks as they were.
func TestSourceThatFails(t *testing.T) {
	p := newPatient(t, variants()[0])
	mems := p.mems(clones(p.before))
	ts := targets(mems)
	tx := p.transaction(t, ts)
	tx.Disks[0].Streams[0].Content = bytes.NewReader(make([]byte, streamLen-1))
	res, err := journal.Commit(tx, p.where(ts))
	if err == nil || errors.Is(err, journal.ErrOpen) || res.Outcome != journal.Before {
		t.Errorf("Commit = %+v, %v", res, err)
	}
	if d := p.differs(mems, p.before); d != "" {
		t.Error(d)
	}
	p.noRecord(t, mems)
}

func TestPayloadSize(t *testing.T) {
	for _, v := range variants() {
		p := newPatient(t, v)
		ts := targets(p.mems(clones(p.before)))
		tx, h := p.transaction(t, ts), p.where(ts)
		var asked int64
		h.Space = asks{p, &asked}
		if _, err := journal.Commit(tx, h); err != nil {
			t.Fatal(err)
		}
		if n := journal.PayloadSize(tx); n != asked {
			t.Errorf("%s: PayloadSize = %d, Commit asks for %d", v.name, n, asked)
		}
	}
}

type asks struct {
	journal.Space
	n *int64
}

func (a asks) Reserve(n int64) (journal.Reservation, error) {
	*a.n = n
	return a.Space.Reserve(n)
}
