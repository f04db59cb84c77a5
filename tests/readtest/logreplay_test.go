package readtest

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs/logfile"
)

// memory is a volume in memory.
type memory struct{ b []byte }

func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(m.b).ReadAt(p, off)
}
func (m *memory) WriteAt(p []byte, off int64) (int, error) { return copy(m.b[off:], p), nil }
func (m *memory) Size() int64                              { return int64(len(m.b)) }
func (m *memory) SectorSize() int                          { return 512 }
func (m *memory) Flush() error                             { return nil }

// realVolume is a volume with a log, in memory.
type realVolume struct {
	mem         *memory
	v           *ntfs.Volume
	log         *logfile.Log
	first       logfile.LSN
	g           logfile.Geometry
	checkpoints []logfile.LSN
}

func openReal(t *testing.T, file string, start int64) *realVolume {
	t.Helper()
	path := volumeFile(t, file, start)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := &realVolume{mem: &memory{b}}
	if r.v, err = ntfs.Open(r.mem); err != nil {
		t.Fatal(err)
	}
	boot := r.v.Boot()
	r.g = logfile.Geometry{Cluster: boot.ClusterSize(), Volume: int64(len(b)), Record: boot.RecordSize,
		Mirror: int64(boot.MFTMirr) * boot.ClusterSize(), MirrorRecords: max(4, boot.ClusterSize()/int64(boot.RecordSize))}
	f, err := r.v.Open(`\$LogFile`)
	if err != nil {
		t.Fatal(err)
	}
	if r.log, err = logfile.Open(f, f.Info().Size); err != nil {
		t.Fatal(err)
	}
	r.first = firstOf(t, r.log, list(t, path))
	_, err = r.log.Walk(r.first, func(rec logfile.Record) error {
		if rec.Checkpoint {
			r.checkpoints = append(r.checkpoints, rec.LSN)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// plain is the volume without what fix-ups and LSNs change in file records and
// index blocks, without what lies behind the used part of these, and without
// the content of files that lies in their records: NTFS logs only its length.
func plain(b []byte, record int) []byte {
	b = bytes.Clone(b)
	for at := 0; at+512 <= len(b); at += 512 {
		size := 0
		switch string(b[at : at+4]) {
		case "FILE":
			size = record
		case "INDX":
			size = 4096
		}
		if size == 0 || at+size > len(b) {
			continue
		}
		p := b[at : at+size]
		ofs, n := int(binary.LittleEndian.Uint16(p[4:])), int(binary.LittleEndian.Uint16(p[6:]))
		if n != 1+size/512 || ofs+2*n > 510 {
			continue
		}
		for i := 1; i < n; i++ {
			copy(p[512*i-2:512*i], p[ofs+2*i:])
		}
		clear(p[ofs : ofs+2*n])
		clear(p[8:16])
		used := int(binary.LittleEndian.Uint32(p[0x18:]))
		if size == 4096 {
			used = 0x18 + int(binary.LittleEndian.Uint32(p[0x1c:]))
		}
		if used < size {
			clear(p[used:])
		}
		if size == record {
			clearResidentData(p)
		}
	}
	return b
}

func clearResidentData(p []byte) {
	le := binary.LittleEndian
	for at := int(le.Uint16(p[0x14:])); at+0x18 <= len(p) && le.Uint32(p[at:]) != 0xffffffff; {
		n := int(le.Uint32(p[at+4:]))
		if n < 0x18 || n > len(p)-at {
			return
		}
		if value := at + int(le.Uint16(p[at+0x14:])); le.Uint32(p[at:]) == 0x80 && p[at+8] == 0 && value <= at+n {
			clear(p[value : at+n])
		}
		at += n
	}
}

// TestLogReplayAgain replays real logs from every checkpoint in them over the
// volume that they led to: nothing may change.
func TestLogReplayAgain(t *testing.T) {
	for _, c := range realLogs {
		t.Run(c.file, func(t *testing.T) {
			r := openReal(t, c.file, c.start)
			before := plain(r.mem.b, r.g.Record)
			for _, cp := range r.checkpoints {
				p, err := r.log.AnalyseFrom(cp)
				if err != nil {
					t.Errorf("checkpoint %#x: %v", uint64(cp), err)
					continue
				}
				for _, u := range p.Unknown {
					t.Errorf("checkpoint %#x: %v", uint64(cp), u)
				}
				res, err := p.Replay(r.mem, r.g)
				t.Logf("checkpoint %#x: from %#x, redo %d, unfinished %d, undo %d: %+v, %v", uint64(cp), uint64(p.From), p.Redo, p.Transactions, len(p.Undo), res, err)
				if err != nil {
					t.Errorf("checkpoint %#x: %v", uint64(cp), err)
				}
			}
			compare(t, before, plain(r.mem.b, r.g.Record))
		})
	}
}

// compare allows one difference: the log fills gaps between security
// descriptors with a pattern that Windows itself left out on the disk.
func compare(t *testing.T, before, after []byte) {
	t.Helper()
	changed, gaps := 0, 0
	for i := 0; i+4 <= len(before); i += 4 {
		switch b, a := before[i:i+4], after[i:i+4]; {
		case bytes.Equal(b, a):
		case string(a) == "PTRN" && string(b) == "\x00\x00\x00\x00":
			gaps++
		default:
			if changed++; changed < 10 {
				t.Logf("%#x: %x, was %x", i, a, b)
			}
		}
	}
	if changed > 0 || gaps > 100 {
		t.Errorf("%d double words changed, %d gaps of $SDS", changed, gaps)
	}
	t.Logf("%d gaps of $SDS have the pattern of the log", gaps)
}

// TestLogReplayLost destroys all file records and index blocks that were
// created, and turns over all bits of bitmaps that were set or cleared, since
// the first checkpoint of a real log, as if nothing of it had reached the disk.
// Replaying the log has to bring back what Windows had written.
func TestLogReplayLost(t *testing.T) {
	for _, c := range realLogs {
		t.Run(c.file, func(t *testing.T) {
			r := openReal(t, c.file, c.start)
			p, err := r.log.AnalyseFrom(r.checkpoints[0])
			if err != nil {
				t.Fatal(err)
			}
			before := plain(r.mem.b, r.g.Record)
			records, blocks, bits := r.destroy(t, r.checkpoints[0], 0)
			res, err := p.Replay(r.mem, r.g)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d file records, %d index blocks, %d ranges of bits destroyed: %+v", records, blocks, bits, res)
			compare(t, before, plain(r.mem.b, r.g.Record))
		})
	}
}

// destroy loses what the log can bring back, apart from index blocks of the
// file spared.
func (r *realVolume) destroy(t *testing.T, from logfile.LSN, spared uint64) (records, blocks, bits int) {
	t.Helper()
	rnd := random(t)
	seen := map[int64]bool{}
	owner := map[uint16]uint64{} // of open attributes
	_, err := r.log.Walk(r.first, func(rec logfile.Record) error {
		if rec.Redo == logfile.OpenNonResidentAttribute && len(rec.RedoData) == 0x28 {
			owner[rec.Target] = binary.LittleEndian.Uint64(rec.RedoData[0x10:]) & (1<<48 - 1)
		}
		if rec.LSN < from {
			return nil
		}
		if len(rec.LCNs) == 0 || rec.RedoLen == 0 && rec.Redo != logfile.DeallocateFileRecordSegment {
			return nil
		}
		at := rec.LCNs[0]*r.g.Cluster + int64(rec.SectorOff)*512
		noise := func(n int) {
			for i := range n {
				r.mem.b[at+int64(i)] = byte(rnd.Uint32())
			}
		}
		switch {
		case rec.Redo == logfile.SetBitsInNonResidentBitMap || rec.Redo == logfile.ClearBitsInNonResidentBitMap:
			first, n := int64(binary.LittleEndian.Uint32(rec.RedoData)), int64(binary.LittleEndian.Uint32(rec.RedoData[4:]))
			for bit := first; bit < first+n; bit++ {
				r.mem.b[at+bit/8] ^= 1 << (bit % 8)
			}
			bits++
		case seen[at]:
		case rec.Redo == logfile.InitializeFileRecordSegment && rec.RedoData != nil && len(rec.RedoData) >= 0x100:
			noise(r.g.Record)
			records++
		case rec.Redo == logfile.UpdateNonResidentValue && rec.RecordOff+rec.AttrOff == 0 && len(rec.RedoData) > 4 && string(rec.RedoData[:4]) == "INDX" &&
			(spared == 0 || owner[rec.Target] != spared):
			noise(4096)
			blocks++
		}
		seen[at] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return records, blocks, bits
}

var _ io.WriterAt = (*memory)(nil)
