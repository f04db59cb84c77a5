package fsrandom

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/initramfs/fs/fat/check"
	"github.com/bootmend/bootmend/initramfs/fs/scope"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// fatGeometry is a volume that mkfs.vfat makes.
type fatGeometry struct {
	size     int64
	args     []string
	cluster  int64
	campaign bool
}

var fatGeometries = []fatGeometry{
	{1440 << 10, []string{"-F", "12"}, 512, false},
	{20 << 20, []string{"-F", "16", "-s", "4"}, 2048, false},
	{36 << 20, []string{"-F", "32", "-s", "1"}, 512, false},
	{8 << 20, []string{"-F", "12", "-s", "8"}, 4096, true},
	{64 << 20, []string{"-F", "16", "-s", "2", "-r", "1024"}, 1024, true},
	{300 << 20, []string{"-F", "32", "-s", "8"}, 4096, true},
	{300 << 20, []string{"-F", "32", "-S", "4096", "-s", "1"}, 4096, true},
}

// TestFAT runs on volumes made by mkfs.vfat.
func TestFAT(t *testing.T) {
	tool.Need(t, "mkfs.vfat", "fsck.vfat", "mcopy", "mdir", "mattrib")
	for i, g := range fatGeometries {
		if g.campaign && !campaign() {
			continue
		}
		t.Run(fmt.Sprintf("%dKiB_%s", g.size>>10, strings.Join(g.args, "")), func(t *testing.T) {
			t.Parallel()
			path := volume.FAT(t, g.size, g.args...)
			sector := 512
			if slices.Contains(g.args, "4096") {
				sector = 4096
			}
			dev := openDevice(t, path, sector)
			v, err := fat.Open(dev)
			if err != nil {
				t.Fatal(err)
			}
			var w fs.Writer = v
			v.SetClock(clock())
			c := &config{ops: 2000, batch: 500, largeDir: 300, stepEvery: 20, seed: uint64(3000 + i), plain: true, cluster: g.cluster, maxFile: g.size / 6}
			if campaign() {
				c.ops, c.batch, c.largeDir, c.stepEvery = number("BOOTMEND_CAMPAIGN_OPS", 20_000), 2500, 2000, 100
			}
			j := &fatJudge{dev}
			c.step, c.judge = j.step, j.judge
			start(t, c, w, newDir("")).all()
			t.Logf("%d writes to the device", dev.writes)
			keep(t, path)
		})
	}
}

// fatJudge is everybody's view of a FAT volume.
type fatJudge struct{ dev *device }

// step is our own check of the whole volume, and that nothing changed but what
// the operations were about; fsck.vfat is another process.
func (j *fatJudge) step(about scope.Scope) []string {
	defer j.dev.forget()
	within, err := check.Within(old{j.dev}, j.dev, j.dev.ranges(), about)
	if err != nil {
		return []string{err.Error()}
	}
	return append(j.whole(), fatProblems(within)...)
}

func (j *fatJudge) whole() []string {
	rep, err := check.Volume(j.dev)
	if err != nil {
		return []string{err.Error()}
	}
	return fatProblems(rep)
}

func fatProblems(rep *check.Report) []string {
	var all []string
	for _, p := range rep.Problems[:min(10, len(rep.Problems))] {
		all = append(all, "check: "+p.String())
	}
	return all
}

func (j *fatJudge) judge(tb testing.TB, want view, _ *rand.Rand) []string {
	tb.Helper()
	j.dev.forget()
	bad := j.whole()
	if err := oracle.FATStructure(j.dev.path); err != nil {
		bad = append(bad, err.Error())
	}
	dir := filepath.Join(tb.TempDir(), "copy")
	if err := os.Mkdir(dir, 0o700); err != nil {
		tb.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if len(want) > 0 {
		if _, err := foreign.Run("mcopy", "-s", "-n", "-Q", "-i", j.dev.path, "::/*", dir); err != nil {
			bad = append(bad, err.Error())
		}
	}
	got, _ := diskTree(tb, dir, false)
	bad = append(bad, prefixed("mtools", want.differ(got, knows{size: true, hash: true}))...)
	return append(bad, j.attributes(want)...)
}

// attributes compares those that mattrib shows.
func (j *fatJudge) attributes(want view) []string {
	if len(want) == 0 {
		return nil
	}
	out, err := foreign.Run("mattrib", "-i", j.dev.path, "-/", "-X", "::/*")
	if err != nil {
		return []string{err.Error()}
	}
	got := view{}
	for _, line := range strings.Split(string(out), "\n") {
		flags, p, ok := strings.Cut(line, "::/")
		if !ok {
			continue
		}
		it := item{dir: want[p].dir}
		for _, f := range []struct {
			letter string
			attr   fs.Attributes
		}{{"R", fs.AttrReadOnly}, {"H", fs.AttrHidden}, {"S", fs.AttrSystem}, {"A", fs.AttrArchive}} {
			if strings.Contains(flags, f.letter) {
				it.attrs |= f.attr
			}
		}
		got[p] = it
	}
	return prefixed("mattrib", want.differ(got, knows{attrs: true}))
}
