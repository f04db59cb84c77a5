package fstest

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/tests/volume"
)

// counting counts what is read from a Device.
type counting struct {
	block.Device
	calls int
	bytes int64
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	c.calls++
	c.bytes += int64(len(p))
	return c.Device.ReadAt(p, off)
}

// TestNTFSBigVolume opens a volume of 40 GB and finds a hive. What it costs is
// told in reads and bytes, not in seconds.
func TestNTFSBigVolume(t *testing.T) {
	image := mkntfs(t, geometry{40 << 30, 4096, 512})
	c := newContent(t)
	volume.Fill(t, image, func(dir string) {
		c.mkdir(t, dir, "Windows")
		c.mkdir(t, dir, "Windows/System32")
		for range 3000 {
			c.write(t, dir, fmt.Sprintf("Windows/System32/%x driver.sys", c.rng.Uint32()), nil)
		}
		c.mkdir(t, dir, "Windows/System32/config")
		c.write(t, dir, "Windows/System32/config/SYSTEM", c.bytes(12<<20))
	})
	dev := &counting{Device: volume.OpenFile(t, image, os.O_RDONLY, 512)}
	var m0, m1 runtime.MemStats
	runtime.ReadMemStats(&m0)
	v, err := ntfs.Open(dev)
	if err != nil {
		t.Fatal(err)
	}
	info, err := v.Stat(`\windows\SYSTEM32\config\system`)
	if err != nil || info.Size != 12<<20 {
		t.Fatalf("%+v, %v", info, err)
	}
	st, err := v.State()
	if err != nil || !st.Log.Clean {
		t.Fatalf("%+v, %v", st, err)
	}
	runtime.ReadMemStats(&m1)
	t.Logf("open, lookup and state: %d reads, %d bytes read, %d bytes allocated", dev.calls, dev.bytes, m1.TotalAlloc-m0.TotalAlloc)
	if dev.bytes > 1<<20 || m1.TotalAlloc-m0.TotalAlloc > 4<<20 {
		t.Error("that is more than 1 MiB read or 4 MiB allocated")
	}
	dev.calls, dev.bytes = 0, 0
	if err := compareFile(v, "Windows/System32/config/SYSTEM", c.files["Windows/System32/config/SYSTEM"]); err != nil {
		t.Error(err)
	}
	f, err := v.Open(`\Windows\System32\config\SYSTEM`)
	if err != nil {
		t.Fatal(err)
	}
	list, err := f.Extents()
	if err != nil {
		t.Fatal(err)
	}
	dev.calls = 0
	if n, err := f.ReadAt(make([]byte, 12<<20), 0); n != 12<<20 || err != nil {
		t.Fatal(n, err)
	}
	t.Logf("12 MiB in %d extents: %d reads", len(list), dev.calls)
	if dev.calls > len(list)+4 {
		t.Errorf("%d reads for %d extents", dev.calls, len(list))
	}
}
