package checktest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs/check"
	"github.com/bootmend/bootmend/tests/realdata"
	"github.com/bootmend/bootmend/tests/volume"
)

// realVolumes: file, where the volume starts (sectors; -1: search).
var realVolumes = []struct {
	file  string
	start int64
}{
	{"disks/win10-ntfs-lastaccess.raw.xz", 128},
	{"disks/win10-ntfs-2MiB-clusters.raw.xz", 128},
	{"disks/win-ntfs-2K-clusters-index.raw.xz", 128},
	{"disks/win2003-ntfs-128GB-sparse.tgz", 63},
	{"disks/win-gpt-msr-data-sparse.tar.gz", -1},
	{"disks/win10-gpt-3MiB-ntfs.raw.xz", 128},
	{"disks/win-ntfs-8MiB-volume.raw.xz", 0},
	{"disks/mkntfs-windows-tree.raw.xz", 0},
}

// TestNoFalseAlarmReal: volumes that Windows and others left in order.
func TestNoFalseAlarmReal(t *testing.T) {
	for _, r := range realVolumes {
		t.Run(filepath.Base(r.file), func(t *testing.T) { noAlarm(t, realVolume(t, r.file, r.start)) })
	}
}

// TestRealDamage: a machine was stopped while the kernel's ntfs3 deleted a
// file. sleuthkit sees it, too: "-/r 28-128-2: test/1.txt" is a record in use
// whose name is gone from its directory.
func TestRealDamage(t *testing.T) {
	rep, err := check.Volume(realVolume(t, "disks/linux-ntfs3.raw.xz", 0))
	if err != nil {
		t.Fatal(err)
	}
	if len(rep.Problems) != 1 || rep.Problems[0].Kind != check.NameMissing || rep.Problems[0].Record != 28 {
		t.Errorf("want the name of record 28 missing, got %v", rep.Problems)
	}
}

func realVolume(tb testing.TB, file string, start int64) block.Device {
	tb.Helper()
	path := realdata.File(tb, file)
	if strings.HasSuffix(path, "gz") {
		path = volume.Untar(tb, path)
	}
	disk := volume.Open(tb, path)
	if start < 0 {
		start = volume.FindNTFS(tb, disk) / 512
	}
	dev, err := block.NewSection(disk, block.Range{Off: start * 512, Len: disk.Size() - start*512})
	if err != nil {
		tb.Fatal(err)
	}
	return dev
}

func noAlarm(t *testing.T, dev block.Device) {
	t.Helper()
	began := time.Now()
	rep, err := check.Volume(dev)
	if err != nil {
		t.Fatal(err)
	}
	complain(t, rep)
	t.Logf("%d records, %d files, %d directories, %d index entries, %d clusters in %v",
		rep.Records, rep.Files, rep.Directories, rep.Entries, rep.Clusters, time.Since(began).Round(time.Millisecond))
	if rep.Records < 16 || rep.Entries < 10 {
		t.Error("hardly anything was looked at")
	}
	quick, err := check.Quick(dev, []string{`\$Extend\$ObjId`, `\Windows`, `\System Volume Information`})
	if err != nil {
		t.Fatal(err)
	}
	complain(t, quick)
	if len(rep.Patches)+len(quick.Patches) > 0 || quick.Records < 12 {
		t.Errorf("%d and %d patches; the quick check looked at %d records", len(rep.Patches), len(quick.Patches), quick.Records)
	}
}

func complain(t *testing.T, rep *check.Report) {
	t.Helper()
	for i, p := range rep.Problems {
		if i == 20 {
			t.Errorf("and %d more", len(rep.Problems)-20+rep.More)
			break
		}
		t.Error(p)
	}
}

// TestNoFalseAlarmMade: fresh and filled volumes of all geometries.
func TestNoFalseAlarmMade(t *testing.T) {
	for _, g := range []struct {
		size            int64
		cluster, sector int
	}{
		{96 << 20, 512, 512}, {96 << 20, 1024, 512}, {64 << 20, 4096, 512}, {64 << 20, 4096, 4096},
		{256 << 20, 65536, 512}, {512 << 20, 2 << 20, 512}, {512 << 20, 2 << 20, 4096},
	} {
		t.Run(fmt.Sprintf("c%d_s%d", g.cluster, g.sector), func(t *testing.T) {
			path := volume.NTFS(t, g.size, g.cluster, g.sector)
			noAlarm(t, volume.Open(t, path))
			volume.Fill(t, path, func(dir string) { fill(t, dir) })
			noAlarm(t, volume.Open(t, path))
		})
	}
}

// fill makes a bit of everything: directories of some levels of index, holes,
// hard links, streams, compressed files, fragments.
func fill(tb testing.TB, dir string) {
	tb.Helper()
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o666); err != nil {
			tb.Fatal(err)
		}
	}
	for _, d := range []string{"many", "sub", "sub/deep", "few"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o777); err != nil {
			tb.Fatal(err)
		}
	}
	for i := range 2000 {
		write(fmt.Sprintf("many/file %d with a name of some length %x", i*7919%2000, i), bytes.Repeat([]byte{byte(i)}, i%300))
	}
	for i := range 10 {
		write(fmt.Sprintf("few/small %d", i), bytes.Repeat([]byte{1}, 100))
		write(fmt.Sprintf("few/large %d", i), bytes.Repeat([]byte{1}, 70_000))
	}
	write("few/with stream:stream", bytes.Repeat([]byte{3}, 9000))
	if err := os.Link(filepath.Join(dir, "few/large 1"), filepath.Join(dir, "sub/deep/link")); err != nil {
		tb.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "sub/sparse"))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	for i := range 600 {
		if _, err := f.WriteAt([]byte("piece"), int64(599-i)*140_000); err != nil {
			tb.Fatal(err)
		}
	}
	for i := 0; i < 2000; i += 3 {
		if err := os.Remove(filepath.Join(dir, fmt.Sprintf("many/file %d with a name of some length %x", i*7919%2000, i))); err != nil {
			tb.Fatal(err)
		}
	}
}
