package readtest

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs/logfile"
	"github.com/bootmend/bootmend/tests/realdata"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// TestLog2003 replays the log of a Windows 2003, whose tables have the older
// form, from every checkpoint in it over the volume that it led to.
func TestLog2003(t *testing.T) {
	disk := volume.Open(t, volume.Untar(t, realdata.File(t, "disks/win2003-ntfs-128GB-sparse.tgz")))
	dev, err := block.NewSection(disk, block.Range{Off: 63 * 512, Len: disk.Size() - 63*512})
	if err != nil {
		t.Fatal(err)
	}
	v, err := ntfs.Open(dev)
	if err != nil {
		t.Fatal(err)
	}
	f, err := v.Open(`\$LogFile`)
	if err != nil {
		t.Fatal(err)
	}
	l, err := logfile.Open(f, f.Info().Size)
	if err != nil {
		t.Fatal(err)
	}
	// The oldest record of this round from which the log can be followed.
	var checkpoints []logfile.LSN
	round := l.Restart() &^ (1<<24 - 1)
	for n := round + 0x4000>>3; n < round+0x40000; n++ {
		if _, _, ok, err := l.At(n); err != nil || !ok {
			continue
		}
		_, err := l.Walk(n, func(r logfile.Record) error {
			if r.Checkpoint {
				checkpoints = append(checkpoints, r.LSN)
			}
			return nil
		})
		if err == nil {
			break
		}
		checkpoints = nil
	}
	if len(checkpoints) < 10 {
		t.Fatalf("%d checkpoints", len(checkpoints))
	}
	b := v.Boot()
	g := logfile.Geometry{Cluster: b.ClusterSize(), Volume: b.Clusters() * b.ClusterSize(), Record: b.RecordSize,
		Mirror: int64(b.MFTMirr) * b.ClusterSize(), MirrorRecords: 4}
	total := logfile.Result{}
	for _, cp := range checkpoints {
		p, err := l.AnalyseFrom(cp)
		if err != nil || len(p.Unknown) > 0 {
			t.Fatalf("checkpoint %#x: %v, %v", uint64(cp), p, err)
		}
		o := &overlay{dev, map[int64][]byte{}}
		res, err := p.Replay(o, g)
		if err != nil {
			t.Errorf("checkpoint %#x: %v", uint64(cp), err)
		}
		for n, after := range o.blocks {
			before := make([]byte, len(after))
			if _, err := dev.ReadAt(before, n*4096); err != nil {
				t.Fatal(err)
			}
			compare(t, plain(before, g.Record), plain(after, g.Record))
		}
		total.Redone, total.Current, total.Bytes = total.Redone+res.Redone, total.Current+res.Current, total.Bytes+res.Bytes
	}
	t.Logf("%d checkpoints: %+v", len(checkpoints), total)
}

// TestDiscardLog empties an unclean log and lets ntfs-3g, with its option
// recover, do the same.
func TestDiscardLog(t *testing.T) {
	tool.Need(t, "ntfs-3g.probe", "ntfs-3g", "umount")
	c := realLogs[1]
	r := openReal(t, c.file, c.start)
	f, err := r.v.Open(`\$LogFile`)
	if err != nil {
		t.Fatal(err)
	}
	log, err := f.Extents()
	if err != nil {
		t.Fatal(err)
	}
	r.unclean(log, 0, r.checkpoints[len(r.checkpoints)-3])
	before := bytes.Clone(r.mem.b)
	path := filepath.Join(t.TempDir(), "volume")
	writeSparse(t, path, r.mem.b)
	if _, err := tool.Run("ntfs-3g.probe", "--readwrite", path); err == nil {
		t.Error("ntfs-3g takes the log for clean")
	}
	unmoved(t, r.v)
	if err := r.v.DiscardLog(); err != nil {
		t.Fatal(err)
	}
	st, err := r.v.State()
	if err != nil || !st.Log.Empty || len(st.Blockers()) > 0 {
		t.Errorf("state after: %+v, %v", st, err)
	}
	ours := bytes.Clone(r.mem.b)
	for _, e := range log {
		if n := bytes.Count(ours[e.Vol.Off:e.Vol.End()], []byte{0xff}); int64(n) != e.Vol.Len {
			t.Errorf("%d of %d bytes of the log are FF", n, e.Vol.Len)
		}
		clear(ours[e.Vol.Off:e.Vol.End()])
		clear(before[e.Vol.Off:e.Vol.End()])
	}
	if !bytes.Equal(ours, before) {
		t.Error("something else than the log changed")
	}
	volume.Fill(t, path, func(string) {}) // recover is its default
	theirs, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range log {
		if !bytes.Equal(theirs[e.Vol.Off:e.Vol.End()], r.mem.b[e.Vol.Off:e.Vol.End()]) {
			t.Error("ntfs-3g leaves another log")
		}
	}
	writeSparse(t, path, r.mem.b)
	tool.Must(t, "ntfs-3g.probe", "--readwrite", path)
	tool.Must(t, "ntfsresize", "-i", "-f", path)
}

// unmoved: files that the log is about must not be overwritten, others may.
func unmoved(t *testing.T, v *ntfs.Volume) {
	t.Helper()
	p, err := v.LogPlan()
	if err != nil || p.Empty() {
		t.Fatalf("%+v, %v", p, err)
	}
	free, touched := 0, 0
	var walk func(dir string)
	walk = func(dir string) {
		list, err := v.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range list {
			path := fs.JoinPath(dir, i.Name)
			if i.IsDir() {
				walk(path)
				continue
			}
			f, err := v.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			switch err := f.(*ntfs.File).Unmoved(p); {
			case err == nil:
				free++
			case errors.Is(err, fs.ErrUnsupported):
				touched++
			default:
				t.Error(err)
			}
		}
	}
	walk(`\`)
	t.Logf("files: the log touches %d, leaves %d alone", touched, free)
	if touched == 0 || free == 0 {
		t.Error("one of both is missing")
	}
}
