package readtest

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs/logfile"
)

// overlay is a volume whose changes are kept aside.
type overlay struct {
	base   io.ReaderAt
	blocks map[int64][]byte // of 4 KiB
}

func (o *overlay) ReadAt(p []byte, off int64) (int, error) {
	n, err := o.base.ReadAt(p, off)
	for b := off / 4096; b*4096 < off+int64(n); b++ {
		if c := o.blocks[b]; c != nil {
			at := max(off, b*4096)
			copy(p[at-off:n], c[at-b*4096:])
		}
	}
	return n, err
}

// WriteAt takes what replay writes: whole blocks.
func (o *overlay) WriteAt(p []byte, off int64) (int, error) {
	o.blocks[off/4096] = bytes.Clone(p)
	return len(p), nil
}

// structure is a file record or an index block, or a cluster of a bitmap.
type structure struct {
	at     int64
	size   int
	bitmap bool
}

// stopAt replays the log as if the machine had stopped when the record n was
// written.
func (r *realVolume) stopAt(t *testing.T, n logfile.LSN) (*overlay, *logfile.Plan, logfile.Result) {
	t.Helper()
	r.log.Until(n)
	defer r.log.Until(0)
	p, err := r.log.AnalyseFrom(r.checkpoints[0])
	if err != nil {
		t.Fatal(err)
	}
	o := &overlay{r.mem, map[int64][]byte{}}
	res, err := p.Replay(o, r.g)
	if err != nil {
		t.Fatalf("stopped at %#x: %v", uint64(n), err)
	}
	return o, p, res
}

// read gives a structure without what may differ after an undo: LSN, update
// sequence, the next attribute number, what lies behind the used part.
func (o *overlay) read(s structure) []byte {
	b := make([]byte, s.size)
	o.ReadAt(b, s.at)
	if s.bitmap {
		return b
	}
	b = plain(b, s.size)
	if s.size != 4096 {
		clear(b[0x28:0x2a])
	}
	return b
}

// TestLogUndo stops real logs inside transactions, at every record of every
// transaction that nothing else is mixed with and that touches only what the
// log can rebuild: what comes out has to be the state before the transaction.
func TestLogUndo(t *testing.T) {
	for _, c := range realLogs[:2] {
		t.Run(c.file, func(t *testing.T) {
			r := openReal(t, c.file, c.start)
			r.destroy(t, r.checkpoints[0], 0)
			stops, same, freed, undone := 0, 0, 0, 0
			if !campaign() {
				t.Log("every fourth record; all with BOOTMEND_CAMPAIGN=1")
			}
			for _, tr := range r.transactions(t) {
				before, _, _ := r.stopAt(t, tr.before)
				for i, n := range tr.records {
					if !campaign() && (i+int(n))%4 != 0 {
						continue
					}
					after, p, res := r.stopAt(t, n)
					if p.Transactions != 1 {
						t.Fatalf("stopped at %#x: %d unfinished transactions", uint64(n), p.Transactions)
					}
					stops++
					undone += res.Undone
					for _, s := range tr.touched {
						a, b := before.read(s), after.read(s)
						switch {
						case bytes.Equal(a, b):
							same++ // also when it never was anything
						case !s.bitmap && string(a[:4]) != "FILE" && string(a[:4]) != "INDX" && (string(b[:4]) == "INDX" || binary.LittleEndian.Uint16(b[0x16:])&1 == 0):
							freed++ // did not exist before; now it is free
						default:
							t.Errorf("stopped at %#x in the transaction from %#x: structure at %#x differs\n%x\n%x", uint64(n), uint64(tr.records[0]), s.at, a, b)
						}
					}
				}
				if t.Failed() {
					return
				}
			}
			t.Logf("%d stops, %d operations undone: %d structures as before, %d that did not exist before are free", stops, undone, same, freed)
			if stops == 0 {
				t.Error("no stop inside a transaction")
			}
		})
	}
}

// isolated is a transaction that nothing else is mixed with.
type isolated struct {
	before  logfile.LSN // last record before it
	records []logfile.LSN
	touched []structure
}

// transactions finds those that touch only structures that the log creates.
func (r *realVolume) transactions(t *testing.T) (list []isolated) {
	t.Helper()
	type kind struct{ typ, size uint32 }
	attrs := map[uint16]kind{}
	created := map[int64]bool{}
	active := map[uint32]bool{}
	var now *isolated
	var current uint32
	good := false
	last := r.checkpoints[0]
	_, err := r.log.Walk(r.checkpoints[0], func(rec logfile.Record) error {
		defer func() { last = rec.LSN }()
		if rec.Checkpoint {
			good = false
			return nil
		}
		if rec.Redo == logfile.OpenNonResidentAttribute && len(rec.RedoData) == 0x28 {
			attrs[rec.Target] = kind{binary.LittleEndian.Uint32(rec.RedoData[8:]), binary.LittleEndian.Uint32(rec.RedoData[4:])}
		}
		if rec.Redo == logfile.ForgetTransaction {
			if good && len(active) == 1 && rec.Transaction == current && len(now.records) > 1 && len(now.touched) > 0 {
				list = append(list, *now)
			}
			delete(active, rec.Transaction)
			good = false
			return nil
		}
		if !active[rec.Transaction] {
			good = len(active) == 0
			active[rec.Transaction] = true
			now, current = &isolated{before: last}, rec.Transaction
		}
		good = good && rec.Transaction == current && rec.Undo != logfile.CompensationLogRecord
		now.records = append(now.records, rec.LSN)
		if len(rec.LCNs) == 0 {
			return nil
		}
		s := structure{rec.LCNs[0]*r.g.Cluster + int64(rec.SectorOff)*512, r.g.Record, false}
		switch k := attrs[rec.Target]; {
		case k.typ == 0xa0:
			s.size = int(k.size)
		case rec.Redo == logfile.SetBitsInNonResidentBitMap || rec.Redo == logfile.ClearBitsInNonResidentBitMap || rec.Redo == logfile.UpdateNonResidentValue:
			good = good && rec.Redo != logfile.UpdateNonResidentValue
			s.size, s.bitmap = int(r.g.Cluster), true
		}
		if b := r.mem.b[s.at:]; s.bitmap || string(b[:4]) != "FILE" && string(b[:4]) != "INDX" {
			created[s.at] = true // destroyed, so the log can rebuild it
		}
		good = good && created[s.at]
		for _, old := range now.touched {
			if old == s {
				return nil
			}
		}
		now.touched = append(now.touched, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
