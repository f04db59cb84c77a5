package fsrandom

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/realdata"
	"github.com/bootmend/bootmend/tests/sparse"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// clock ticks once per call.
func clock() func() time.Time {
	t := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	return func() time.Time { t = t.Add(time.Second); return t }
}

// geometry is a volume that mkntfs makes.
type geometry struct {
	size            int64
	cluster, sector int
	campaign        bool // only then
	crowd           int  // entries in one directory, in the campaign
	step            int  // operations that are judged together
}

var geometries = []geometry{
	{size: 16 << 20, cluster: 512, sector: 512, step: 7},
	{size: 24 << 20, cluster: 4096, sector: 512, step: 1},
	{size: 96 << 20, cluster: 65536, sector: 512, step: 40},
	{size: 32 << 20, cluster: 4096, sector: 4096, campaign: true},
	{size: 96 << 20, cluster: 65536, sector: 4096, campaign: true},
	{size: 1 << 30, cluster: 2 << 20, sector: 512, campaign: true},
	{size: 40 << 20, cluster: 1024, sector: 512, campaign: true},
	{size: 128 << 20, cluster: 4096, sector: 512, campaign: true, crowd: 20_000},
	{size: 96 << 20, cluster: 512, sector: 512, campaign: true, crowd: 20_000},
}

func (g geometry) String() string {
	s := fmt.Sprintf("%dMiB_c%d_s%d", g.size>>20, g.cluster, g.sector)
	if g.crowd > 0 {
		s += "_crowd"
	}
	return s
}

// TestNTFS runs on volumes made by mkntfs.
func TestNTFS(t *testing.T) {
	tool.Need(t, "mkntfs", "ntfs-3g", "ntfsresize", "ntfsinfo", "fsntfsinfo", "fls", "icat")
	for i, g := range geometries {
		if g.campaign && !campaign() {
			continue
		}
		t.Run(g.String(), func(t *testing.T) {
			t.Parallel()
			path := volume.NTFS(t, g.size, g.cluster, g.sector)
			c := ntfsConfig(g.crowd, int64(g.cluster), g.size, uint64(1000+i))
			c.stepEvery = max(c.stepEvery, g.step)
			runNTFS(t, path, g.sector, c, newDir(""))
		})
	}
}

func ntfsConfig(crowd int, cluster, size int64, seed uint64) *config {
	c := &config{ops: 2000, batch: 500, largeDir: 700, seed: seed, cluster: cluster, maxFile: min(size/6, 8<<20), stepEvery: 1}
	if campaign() {
		c.ops, c.batch, c.largeDir, c.stepEvery = number("BOOTMEND_CAMPAIGN_OPS", 20_000), 2500, 2000, 10
	}
	if crowd > 0 {
		c.largeDir, c.stepEvery, c.ops, c.batch = crowd, 50, crowd+20_000, 5000
	}
	return c
}

func runNTFS(t *testing.T, path string, sector int, c *config, before *node) {
	t.Helper()
	if err := oracle.NTFSStructure(path); err != nil {
		t.Fatal(err)
	}
	dev := openDevice(t, path, sector)
	v, err := ntfs.Open(dev)
	if err != nil {
		t.Fatal(err)
	}
	var w fs.Writer = v
	v.SetClock(clock())
	j := &ntfsJudge{dev: dev, cluster: c.cluster, sample: 25}
	c.step, c.judge = j.step, j.judge
	r := start(t, c, w, before)
	r.all()
	t.Logf("%d writes to the device", dev.writes)
	keep(t, path)
}

// windowsVolumes were made by Windows; start in sectors of 512 bytes.
var windowsVolumes = []struct {
	file     string
	start    int64
	cluster  int64
	campaign bool
}{
	{"disks/win-ntfs-8MiB-volume.raw.xz", 0, 4096, true},
	{"disks/win-ntfs-2K-clusters-index.raw.xz", 128, 2048, true},
	{"disks/win10-gpt-3MiB-ntfs.raw.xz", 128, 4096, true},
	{"disks/win10-ntfs-lastaccess.raw.xz", 128, 4096, true},
	{"disks/win10-ntfs-2MiB-clusters.raw.xz", 128, 2 << 20, true},
}

// TestNTFSByWindows runs on volumes that Windows made, whose files must stay
// as they are.
func TestNTFSByWindows(t *testing.T) {
	tool.Need(t, "ntfs-3g", "ntfsresize", "ntfsinfo", "fsntfsinfo", "fls", "icat")
	for i, w := range windowsVolumes {
		if w.campaign && !campaign() {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(w.file), ".raw.xz"), func(t *testing.T) {
			t.Parallel()
			image := realdata.File(t, w.file)
			st, err := os.Stat(image)
			if err != nil {
				t.Fatal(err)
			}
			disk := openDevice(t, image, 512)
			var b [512]byte
			if _, err := disk.ReadAt(b[:], w.start*512); err != nil {
				t.Fatal(err)
			}
			boot, err := ntfs.ParseBoot(b[:], st.Size()-w.start*512)
			if err != nil {
				t.Fatal(err)
			}
			size := int64(boot.TotalSectors+1) * int64(boot.BytesPerSector)
			path := image
			if w.start > 0 {
				path = filepath.Join(t.TempDir(), "volume.img")
				if err := sparse.Extract(path, image, w.start*512, min(size, st.Size()-w.start*512)); err != nil {
					t.Fatal(err)
				}
			}
			c := ntfsConfig(0, boot.ClusterSize(), size, uint64(2000+i))
			c.work = "work"
			runNTFS(t, path, 512, c, load(t, path))
		})
	}
}
