package readtest

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs/logfile"
	"github.com/bootmend/bootmend/tests/tool"
)

// unclean rewrites both restart pages as they were while the volume was in use:
// not clean, with the given LSNs of the client (0: as it is).
func (r *realVolume) unclean(log []fs.Extent, oldest, restart logfile.LSN) {
	le := binary.LittleEndian
	for _, at := range []int64{0, 4096} {
		p := r.mem.b[log[0].Vol.Off+at:][:4096]
		ofs := int(le.Uint16(p[4:]))
		for i := 1; i < 9; i++ {
			copy(p[512*i-2:512*i], p[ofs+2*i:])
		}
		area := p[le.Uint16(p[0x18:]):]
		le.PutUint16(area[0x0c:], 0)
		le.PutUint16(area[0x0e:], le.Uint16(area[0x0e:])&^2)
		client := area[le.Uint16(area[0x16:]):]
		if oldest != 0 {
			le.PutUint64(client, uint64(oldest))
		}
		if restart != 0 {
			le.PutUint64(client[8:], uint64(restart))
		}
		for i := 1; i < 9; i++ {
			copy(p[ofs+2*i:ofs+2*i+2], p[512*i-2:])
			copy(p[512*i-2:512*i], p[ofs:])
		}
	}
}

// withoutLog is the volume apart from $LogFile, normalised.
func (r *realVolume) withoutLog(b []byte, log []fs.Extent) []byte {
	p := plain(b, r.g.Record)
	for _, e := range log {
		clear(p[e.Vol.Off:e.Vol.End()])
	}
	return p
}

// TestLogReplayForeign lets ntfsrecover do the same as we: bring back what was
// destroyed, on the whole volume.
func TestLogReplayForeign(t *testing.T) {
	agreed := 0
	for _, c := range realLogs[:2] {
		t.Run(c.file, func(t *testing.T) {
			tool.Need(t, "ntfsrecover", "ntfsresize", "ntfs-3g.probe")
			r := openReal(t, c.file, c.start)
			logFile, err := r.v.Open(`\$LogFile`)
			if err != nil {
				t.Fatal(err)
			}
			log, err := logFile.Extents()
			if err != nil {
				t.Fatal(err)
			}
			whole := r.withoutLog(r.mem.b, log)
			// Not the first checkpoint: ntfsrecover looks at what was before.
			from := r.checkpoints[1]
			// ntfsrecover needs the index of the root directory for itself.
			records, blocks, bits := r.destroy(t, from, 5)
			t.Logf("%d file records, %d index blocks, %d ranges of bits destroyed", records, blocks, bits)
			lost := bytes.Clone(r.mem.b)

			r.unclean(log, from, 0)
			theirs := filepath.Join(t.TempDir(), "theirs")
			writeSparse(t, theirs, r.mem.b)
			_, gaveUp := tool.Run("ntfsrecover", theirs)

			r.mem.b = lost
			r.unclean(log, 0, from)
			ours := filepath.Join(t.TempDir(), "ours")
			writeSparse(t, ours, r.mem.b)
			if _, err := tool.Run("ntfs-3g.probe", "--readwrite", ours); err == nil {
				t.Error("ntfs-3g takes the volume for clean before")
			}
			res, err := r.v.ReplayLog()
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("ours: %+v", res)
			writeSparse(t, ours, r.mem.b)
			tool.Must(t, "ntfsresize", "-i", "-f", ours)
			tool.Must(t, "ntfs-3g.probe", "--readwrite", ours)
			mine := r.withoutLog(r.mem.b, log)
			compare(t, whole, mine)
			if gaveUp != nil { // it does not know UpdateRecordDataAllocation
				t.Logf("no comparison: %v", gaveUp)
				return
			}
			b, err := os.ReadFile(theirs)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, r.withoutLog(b, log), mine)
			agreed++
		})
	}
	if agreed == 0 && !t.Failed() {
		t.Skip("SKIP-ORACLE ntfsrecover could not replay any of the logs")
	}
}

var _ block.Device = (*memory)(nil)
