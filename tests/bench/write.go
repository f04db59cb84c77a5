package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
)

// How much is written, and how often by each of the two.
const (
	createdFiles = 10_000
	bigFile      = 256 << 20
	writeRuns    = 5
)

// contest is the same work done by our writer and, through the kernel's FUSE,
// by ntfs-3g. The time of ntfs-3g ends when the last file is closed: what it
// still holds in memory then is not counted. Its CPU time is that of the program
// that makes the files and that of ntfs-3g, until it ends.
type contest struct {
	name   string
	ours   func(v *ntfs.Volume) error
	theirs func(dir string) error
}

var contests = []contest{
	{"sequential write of 256 MiB", func(v *ntfs.Volume) error {
		return v.WriteFile("big", io.LimitReader(&repeated{b: chunk}, bigFile), bigFile)
	}, func(dir string) error {
		f, err := os.Create(filepath.Join(dir, "big"))
		if err != nil {
			return err
		}
		for range bigFile / len(chunk) {
			if _, err := f.Write(chunk); err != nil {
				f.Close()
				return err
			}
		}
		return f.Close()
	}},
	creation("creation of 10,000 files", func(i int) string { return fmt.Sprintf("file%04d.dat", i) }),
	creation("creation of 10,000 files whose long names get 8.3 names, by ours only", func(i int) string { return fmt.Sprintf("file number %d.dat", i) }),
}

// creation makes createdFiles small files in one directory.
func creation(what string, name func(i int) string) contest {
	return contest{what, func(v *ntfs.Volume) error {
		for i := range createdFiles {
			if err := v.WriteFile(name(i), bytes.NewReader(small), int64(len(small))); err != nil {
				return err
			}
		}
		return nil
	}, func(dir string) error {
		for i := range createdFiles {
			if err := os.WriteFile(filepath.Join(dir, name(i)), small, 0o666); err != nil {
				return err
			}
		}
		return nil
	}}
}

var (
	chunk = bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	small = bytes.Repeat([]byte("x"), 100)
)

// repeated is an endless io.Reader.
type repeated struct {
	b   []byte
	off int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.b[r.off:])
	r.off = (r.off + n) % len(r.b)
	return n, nil
}

// writeFigures lets both work by turns, each time on a copy of the same
// volume; ntfsresize judges what ours left.
func writeFigures(dir string) ([]figure, error) {
	empty := filepath.Join(dir, "empty.img")
	if err := formatted(empty, 1<<30); err != nil {
		return nil, err
	}
	defer os.Remove(empty)
	var all []figure
	for _, c := range contests {
		var ours, theirs, oursCPU, theirsCPU []time.Duration
		for range writeRuns {
			t, cpu, err := c.timeOurs(empty)
			if err != nil {
				return all, fmt.Errorf("%s: %w", c.name, err)
			}
			ours, oursCPU = append(ours, t), append(oursCPU, cpu)
			if t, cpu, err = c.timeTheirs(empty); err != nil {
				return all, fmt.Errorf("%s: %w", c.name, err)
			}
			theirs, theirsCPU = append(theirs, t), append(theirsCPU, cpu)
		}
		all = append(all, figure{"NTFS, " + c.name, versus(ours, theirs)}, figure{"  the same, CPU time", versus(oursCPU, theirsCPU)})
	}
	return all, nil
}

func versus(ours, theirs []time.Duration) string {
	a, b := median(ours), median(theirs)
	return fmt.Sprintf("%.3f s, ntfs-3g %.3f s: %.2f times as fast (medians of %d)", a.Seconds(), b.Seconds(), b.Seconds()/a.Seconds(), len(ours))
}

// ownCPU is the CPU time of this process until now.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}

func (c contest) timeOurs(empty string) (took, cpu time.Duration, err error) {
	image := empty + ".copy"
	if err := run1("cp", "--sparse=always", empty, image); err != nil {
		return 0, 0, err
	}
	defer os.Remove(image)
	v, dev, err := openVolume(image)
	if err != nil {
		return 0, 0, err
	}
	defer dev.Close()
	start, used := time.Now(), ownCPU()
	if err := c.ours(v); err != nil {
		return 0, 0, err
	}
	took, cpu = time.Since(start), ownCPU()-used
	return took, cpu, run1("ntfsresize", "-i", "-f", "-P", image)
}

func (c contest) timeTheirs(empty string) (took, cpu time.Duration, err error) {
	image := empty + ".copy"
	if err := run1("cp", "--sparse=always", empty, image); err != nil {
		return 0, 0, err
	}
	defer os.Remove(image)
	var client time.Duration
	cpu, err = mounted(image, func(dir string) error {
		start, used := time.Now(), ownCPU()
		err := c.theirs(dir)
		took, client = time.Since(start), ownCPU()-used
		return err
	})
	return took, cpu + client, err
}
