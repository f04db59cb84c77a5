package fstest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs/secondopinion"
	"github.com/bootmend/bootmend/tests/realdata"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// TestNTFSWriteReal does random operations on volumes that Windows made.
func TestNTFSWriteReal(t *testing.T) {
	for i, r := range realVolumes {
		t.Run(filepath.Base(r.file), func(t *testing.T) {
			image := realdata.File(t, r.file)
			if strings.HasSuffix(image, "gz") {
				image = volume.Untar(t, image)
			}
			w := cutVolume(t, image, r.start*512, filepath.Ext(r.file) == ".gz")
			w.rnd = rand.New(rand.NewPCG(uint64(i), 2))
			w.learn(t, "")
			t.Logf("seed %d: %d files, %d directories by Windows", i, len(w.c.files), len(w.c.dirs))
			w.mkdir(t, "a directory of ours")
			ops := newRandomOps(t, w)
			for range 300 {
				ops.step(t)
			}
			t.Log(ops.counts)
			w.check(t)
		})
	}
}

// cutVolume copies the volume out of a disk, with the backup boot sector.
func cutVolume(t *testing.T, image string, start int64, search bool) *written {
	t.Helper()
	disk := volume.OpenFile(t, image, os.O_RDONLY, 512)
	if start == 0 && search {
		start = volume.FindNTFS(t, disk)
	}
	boot := make([]byte, 512)
	if _, err := disk.ReadAt(boot, start); err != nil {
		t.Fatal(err)
	}
	b, err := ntfs.ParseBoot(boot, disk.Size()-start)
	if err != nil {
		t.Fatal(err)
	}
	size := min((int64(b.TotalSectors)+1)*int64(b.BytesPerSector), disk.Size()-start)
	if size > 4<<30 {
		t.Skip("SKIP-SIZE a large volume")
	}
	w := &written{image: filepath.Join(t.TempDir(), "volume"), c: &content{files: map[string][]byte{}, dirs: map[string]bool{}}}
	out, err := os.Create(w.image)
	mustDo(t, err)
	_, err = io.Copy(out, io.NewSectionReader(disk, start, size))
	mustDo(t, errors.Join(err, out.Close()))
	w.dev = volume.OpenFile(t, w.image, os.O_RDWR, 512)
	w.known = problems(t, w.dev)
	w.v = openNTFS(t, w.dev)
	w.v.SetClock(func() time.Time { return time.Date(2020, 2, 3, 4, 5, 6, 700, time.UTC) })
	return w
}

// learn reads what is on the volume. What cannot be changed is removed from
// the model and from the volume, or left out with the whole tree it is in.
func (w *written) learn(t *testing.T, dir string) {
	t.Helper()
	list, err := w.v.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		path := strings.TrimPrefix(dir+"/"+i.Name, "/")
		if i.IsDir() {
			w.c.dirs[path] = true
			w.learn(t, path)
			continue
		}
		b, err := readAll(w.v, path)
		if errors.Is(err, fs.ErrUnsupported) {
			t.Logf("%s: %v", path, err)
			mustDo(t, w.v.Remove(path))
			continue
		}
		mustDo(t, err)
		w.c.files[path] = b
	}
}

// TestNTFSWriteLarge writes on volumes of more than 100 GB without looking at
// all of them: the overlay must stay small, and so must the number of reads.
func TestNTFSWriteLarge(t *testing.T) {
	for _, name := range []string{"disks/win2003-ntfs-128GB-sparse.tgz", "disks/win-gpt-msr-data-sparse.tar.gz"} {
		t.Run(filepath.Base(name), func(t *testing.T) {
			disk := volume.OpenFile(t, volume.Untar(t, realdata.File(t, name)), os.O_RDONLY, 512)
			start := volume.FindNTFS(t, disk)
			section, err := block.NewSection(disk, block.Range{Off: start, Len: disk.Size() - start})
			mustDo(t, err)
			before := problems(t, section)
			over := overlay.New(section)
			v, err := ntfs.Open(over)
			mustDo(t, err)
			v.SetClock(func() time.Time { return time.Date(2020, 2, 3, 4, 5, 6, 700, time.UTC) })
			b := bytes.Repeat([]byte("driver"), 100_000)
			mustDo(t, v.Mkdir("drivers of ours"))
			for i := range 100 {
				mustDo(t, v.WriteFile(fmt.Sprintf("drivers of ours/file %d.sys", i), bytes.NewReader(b), int64(1000*i)))
			}
			sameLog(t, section, over)
			changes, err := over.Changes()
			mustDo(t, err)
			total := 0
			for _, c := range changes {
				total += len(c.After)
			}
			t.Logf("%d bytes changed for %d bytes of files", total, 1000*99*100/2)
			if total > 8<<20 {
				t.Error("too many")
			}
			for _, p := range problems(t, over) {
				if !slices.Contains(before, p) {
					t.Error(p)
				}
			}
			if got, err := secondopinion.ReadFile(over, "drivers of ours/file 99.sys", 1<<20); err != nil || !bytes.Equal(got, b[:99_000]) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		})
	}
}

// sameLog: the log of Windows is what it was, byte for byte.
func sameLog(t *testing.T, before, after block.Device) {
	t.Helper()
	var logs [2][]byte
	for i, dev := range []block.Device{before, after} {
		b, err := readAll(openAgain(t, dev), `\$LogFile`)
		mustDo(t, err)
		logs[i] = b
	}
	if len(logs[0]) < 1<<20 || !bytes.Equal(logs[0], logs[1]) {
		t.Errorf("$LogFile of %d bytes is not what it was", len(logs[0]))
	}
}

// TestNTFSWriteVersions writes on volumes that say they are of an old version:
// records then have a shorter header, and NTFS 1.2 knows no $Secure.
func TestNTFSWriteVersions(t *testing.T) {
	for _, version := range [][2]byte{{1, 2}, {3, 0}} {
		t.Run(fmt.Sprintf("%d.%d", version[0], version[1]), func(t *testing.T) {
			w := newWritten(t, geometry{32 << 20, 2048, 512}, 51)
			w.patchVersion(t, version[:])
			w.mkdir(t, "dir")
			ops := newRandomOps(t, w)
			for range 300 {
				ops.step(t)
			}
			t.Log(ops.counts)
			w.check(t)
			info := tool.Must(t, "ntfsinfo", "-f", "-m", w.image)
			if want := fmt.Sprintf("Volume Version: %d.%d", version[0], version[1]); !strings.Contains(string(info), want) {
				t.Errorf("want %q in:\n%s", want, info)
			}
		})
	}
}

// TestNTFSWriteUnknown wants volumes refused whose flags or version are not
// understood.
func TestNTFSWriteUnknown(t *testing.T) {
	for what, change := range map[string][]byte{"version": {4, 0, 0, 0}, "flags": {3, 1, 0, 0x02}} {
		w := newWritten(t, geometry{16 << 20, 4096, 512}, 52)
		w.patchVersion(t, change)
		if err := w.v.Mkdir("x"); !errors.Is(err, fs.ErrUnsupported) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// patchVersion overwrites version and flags in $MFT and $MFTMirr.
func (w *written) patchVersion(t *testing.T, b []byte) {
	t.Helper()
	st, err := w.v.State()
	mustDo(t, err)
	boot := w.v.Boot()
	for _, e := range st.Evidence {
		if e.What != "NTFS version" {
			continue
		}
		for _, lcn := range []ntfs.LCN{boot.MFT, boot.MFTMirr} {
			_, err := w.dev.WriteAt(b, int64(lcn)*boot.ClusterSize()+e.Off)
			mustDo(t, err)
		}
	}
}
