package fstest

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/fs/probe"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// freeIn is FreeIn of either file system.
func freeIn(t *testing.T, v fs.FS, r block.Range) (all []block.Range) {
	t.Helper()
	switch v := v.(type) {
	case *ntfs.Volume:
		list, err := v.FreeIn(r)
		mustDo(t, err)
		for _, e := range list {
			all = append(all, e.Range)
		}
	case *fat.Volume:
		list, err := v.FreeIn(r)
		mustDo(t, err)
		for _, e := range list {
			all = append(all, e.Range)
		}
	default:
		t.Fatalf("%T", v)
	}
	return all
}

// TestLargeContentIsStreamed writes a file that is larger than an overlay
// holds, into space that was free and into that of a file that is removed
// before. What lies in the store and was free goes to the volume first; until
// the other changes follow the volume is the old one, then the new one.
// Sleuthkit says what was free.
func TestLargeContentIsStreamed(t *testing.T) {
	tool.Need(t, "blkstat", "ntfsresize", "fsck.vfat")
	const size = overlay.MaxBytes + 16<<20
	for _, c := range []struct {
		name, tsk string
		unit      int64 // what sleuthkit counts in
		make      func() string
		sound     []string
	}{
		{"NTFS", "ntfs", 4096, func() string { return mkntfs(t, geometry{256 << 20, 4096, 512}) }, []string{"ntfsresize", "-i", "-f", "-P"}},
		{"FAT32", "fat32", 512, func() string { return volume.FAT(t, 256<<20, "-F", "32", "-s", "1") }, []string{"fsck.vfat", "-n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			image := c.make()
			fillVolume(t, image)
			dev := volume.OpenFile(t, image, os.O_RDWR, 512)
			base, err := probe.Open(dev)
			mustDo(t, err)
			store, err := os.Create(filepath.Join(t.TempDir(), "store"))
			mustDo(t, err)
			defer store.Close()
			over := overlay.New(dev)
			over.Spill(store)
			opened, err := probe.Open(over)
			mustDo(t, err)
			v := opened.(fs.Writer)
			mustDo(t, v.Remove("removed"))
			content := bytes.Repeat([]byte("0123456789abcde\n"), size/16)
			mustDo(t, v.WriteFile("large", bytes.NewReader(content), size))
			mustDo(t, v.WriteFile("small", strings.NewReader("small"), 5))

			var streams []block.Range
			var fresh, large int64
			for _, r := range over.Spilled() {
				large += r.Len
				for _, f := range freeIn(t, base, r) {
					if len(freeIn(t, opened, f)) > 0 {
						t.Errorf("%v is free afterwards, too", f)
					}
					streams = append(streams, f)
					fresh += f.Len
				}
			}
			changes, err := over.ChangesOutside(streams)
			mustDo(t, err)
			other := 0
			for _, x := range changes {
				other += len(x.After)
			}
			t.Logf("%d bytes in the store, %d of them in free space in %d pieces; %d in %d other changes", large, fresh, len(streams), other, len(changes))
			if fresh < size-24<<20 || fresh == large || other > 32<<20 {
				t.Error("most of the content should lie in free space, some not")
			}
			wasFree(t, image, c.tsk, c.unit, streams)
			for _, r := range streams {
				_, err := io.Copy(io.NewOffsetWriter(dev, r.Off), io.NewSectionReader(over, r.Off, r.Len))
				mustDo(t, err)
			}
			tool.Must(t, c.sound[0], append(c.sound[1:], image)...)
			if _, err := openAgain(t, dev).Stat("removed"); err != nil {
				t.Errorf("after the streams the volume is not the old one: %v", err)
			}
			for _, x := range changes {
				_, err := dev.WriteAt(x.After, x.Off)
				mustDo(t, err)
			}
			tool.Must(t, c.sound[0], append(c.sound[1:], image)...)
			if err := compareFile(openAgain(t, dev), "large", content); err != nil {
				t.Error(err)
			}
		})
	}
}

func openAgain(t *testing.T, dev block.Device) fs.FS {
	t.Helper()
	v, err := probe.Open(dev)
	mustDo(t, err)
	return v
}

// fillVolume leaves a file of 16 MiB that can be removed, at the place where
// the next allocation looks first, with small ones around it.
func fillVolume(t *testing.T, image string) {
	t.Helper()
	v := openAgain(t, volume.OpenFile(t, image, os.O_RDWR, 512)).(fs.Writer)
	for i := range 20 {
		mustDo(t, v.WriteFile(fmt.Sprintf("before %d", i), bytes.NewReader(make([]byte, 5000)), 5000))
	}
	mustDo(t, v.WriteFile("removed", bytes.NewReader(make([]byte, 16<<20)), 16<<20))
	rest, err := v.Free()
	mustDo(t, err)
	rest -= overlay.MaxBytes + 8<<20 // so that the space of the removed file is needed
	mustDo(t, v.WriteFile("rest", bytes.NewReader(make([]byte, rest)), rest))
}

// wasFree asks sleuthkit for some units of each range.
func wasFree(t *testing.T, image, tsk string, unit int64, ranges []block.Range) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(1, 1))
	asked := 0
	for _, r := range ranges {
		for range 3 {
			n := (r.Off + rnd.Int64N(r.Len)) / unit
			if out := tool.Must(t, "blkstat", "-f", tsk, image, fmt.Sprint(n)); !bytes.Contains(out, []byte("Not Allocated")) {
				t.Errorf("unit %d: %s", n, out)
			}
			if asked++; asked == 60 {
				return
			}
		}
	}
}
