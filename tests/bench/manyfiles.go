package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs/check"
	"github.com/bootmend/bootmend/initramfs/fs/scope"
)

// Where the driver is looked for, and a hive that a repair changes.
const (
	driverPath = `\Windows\System32\drivers\x.sys`
	hivePath   = `\Windows\System32\config\SYSTEM`
)

// manyFiles fills a volume with n files in the shape of a Windows: many
// directories of some files each, a few with thousands. Making a million
// through FUSE takes an hour and proves nothing more: what our writer made is
// judged by ntfsresize and, in the test, counted by ntfs-3g.
func manyFiles(image string, n int) error {
	if err := formatted(image, 256<<20+int64(n)*3<<10); err != nil {
		return err
	}
	v, dev, err := openVolume(image)
	if err != nil {
		return err
	}
	defer dev.Close()
	f := filler{v: v, left: n}
	for _, d := range []string{"Windows", "Windows/System32", "Windows/System32/config", "Windows/System32/drivers", "Windows/WinSxS", "Users"} {
		f.mkdir(d)
	}
	f.file(hivePath, 300_000)
	f.file(driverPath, 60_000)
	for i := range n / 250 {
		f.file(fmt.Sprintf("Windows/System32/library %d.dll", i), 100)
	}
	for i := range n / 1000 {
		f.file(fmt.Sprintf("Windows/System32/drivers/driver%d.sys", i), 100)
	}
	for i := range n / 12 {
		f.file(fmt.Sprintf("Users/cached picture %x.jpg", uint32(i)*2654435761), 100)
	}
	for i := 0; f.left > 0 && f.err == nil; i++ {
		d := fmt.Sprintf("Windows/WinSxS/amd64_component-%x_31bf3856ad364e35_6.1.7601.%d", uint32(i)*2654435761, 17514+i%900)
		f.mkdir(d)
		for k := range min(45, f.left) {
			f.file(fmt.Sprintf("%s/part%d.dll", d, k), 100)
		}
	}
	return f.err
}

// filler makes files until one cannot be made.
type filler struct {
	v    *ntfs.Volume
	left int
	err  error
}

var content = make([]byte, 1<<20)

func (f *filler) file(path string, size int64) {
	if f.err == nil {
		f.err = f.v.WriteFile(path, bytes.NewReader(content[:size]), size)
		f.left--
	}
}

func (f *filler) mkdir(path string) {
	if f.err == nil {
		f.err = f.v.Mkdir(path)
	}
}

// lookup opens the volume and finds the driver.
func lookup(image string) (readCount, error) {
	dev, err := openImage(image)
	if err != nil {
		return readCount{}, err
	}
	defer dev.Close()
	dev.count()
	v, err := ntfs.Open(dev)
	if err != nil {
		return dev.reads, err
	}
	info, err := v.Stat(driverPath)
	if err == nil && info.Size != 60_000 {
		err = fmt.Errorf("%s has %d bytes", driverPath, info.Size)
	}
	return dev.reads, err
}

// checked is what the limited check of a small repair takes.
type checked struct {
	readCount
	took   time.Duration
	memory uint64 // bytes allocated, all of them
}

// touchedCheck changes a hive and adds a driver on an overlay and judges that
// as package repair does.
func touchedCheck(image string) (checked, error) {
	var c checked
	dev, err := openImage(image)
	if err != nil {
		return c, err
	}
	defer dev.Close()
	over := overlay.New(dev)
	v, err := ntfs.Open(over)
	if err != nil {
		return c, err
	}
	err = errors.Join(v.Resize(hivePath, 310_000),
		v.WriteFile(`\Windows\System32\drivers\new driver.sys`, bytes.NewReader(content[:50_000]), 50_000))
	if err != nil {
		return c, err
	}
	changes, err := over.Changes()
	if err != nil {
		return c, err
	}
	var ranges []block.Range
	for _, x := range changes {
		ranges = append(ranges, x.Range())
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	dev.count()
	start := time.Now()
	report, err := check.Touched(dev, over, ranges)
	if err == nil {
		var within *check.Report
		within, err = check.Within(dev, over, ranges, scope.Scope{Changes: []scope.Change{
			{Path: hivePath, Content: true}, {Path: `\Windows\System32\drivers\new driver.sys`, Content: true}}})
		report.Problems = append(report.Problems, within.Problems...)
	}
	c.took, c.readCount = time.Since(start), dev.reads
	runtime.ReadMemStats(&after)
	c.memory = after.TotalAlloc - before.TotalAlloc
	if err == nil && len(report.Problems)+len(report.Old) > 0 {
		err = fmt.Errorf("the check finds %d problems on a sound volume: %v", len(report.Problems)+len(report.Old), report.Problems)
	}
	return c, err
}

// quickCheck is what the check of the most important files takes.
func quickCheck(image string) (checked, error) {
	var c checked
	dev, err := openImage(image)
	if err != nil {
		return c, err
	}
	defer dev.Close()
	dev.count()
	start := time.Now()
	report, err := check.Quick(dev, []string{hivePath, driverPath})
	c.took, c.readCount = time.Since(start), dev.reads
	if err == nil && len(report.Problems)+len(report.Missing) > 0 {
		err = fmt.Errorf("the quick check finds %v on a sound volume, missing %v", report.Problems, report.Missing)
	}
	return c, err
}

// manyFilesFigures measures on a volume of a million files.
func manyFilesFigures(dir string) ([]figure, error) {
	const n = 1_000_000
	image := filepath.Join(dir, "many.img")
	defer os.Remove(image)
	start := time.Now()
	if err := manyFiles(image, n); err != nil {
		return nil, err
	}
	all := []figure{{"NTFS, 1,000,000 files made", fmt.Sprintf("%.0f s, %.0f µs each", time.Since(start).Seconds(), time.Since(start).Seconds()*1e6/n)}}
	if err := run1("ntfsresize", "-i", "-f", "-P", image); err != nil {
		return all, err
	}
	r, err := lookup(image)
	if err != nil {
		return all, err
	}
	all = append(all, figure{"NTFS, 1,000,000 files, open and lookup of " + driverPath, r.String()})
	c, err := touchedCheck(image)
	if err != nil {
		return all, err
	}
	q, err := quickCheck(image)
	if err != nil {
		return all, err
	}
	return append(all,
		figure{"NTFS, 1,000,000 files, check of what a repair touched", fmt.Sprintf("%.3f s, %v, %s allocated", c.took.Seconds(), c.readCount, mib(int64(c.memory)))},
		figure{"NTFS, 1,000,000 files, quick check", fmt.Sprintf("%.3f s, %v", q.took.Seconds(), q.readCount)}), nil
}

func (r readCount) String() string {
	return fmt.Sprintf("%d reads, %d blocks of %d KiB, %d bytes", r.calls, len(r.blocks), blockSize>>10, r.bytes)
}
