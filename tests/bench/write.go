package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
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
// still holds in memory then is not counted.
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
	{"creation of 10,000 files", func(v *ntfs.Volume) error {
		for i := range createdFiles {
			if err := v.WriteFile(createdName(i), bytes.NewReader(small), int64(len(small))); err != nil {
				return err
			}
		}
		return nil
	}, func(dir string) error {
		for i := range createdFiles {
			if err := os.WriteFile(filepath.Join(dir, createdName(i)), small, 0o666); err != nil {
				return err
			}
		}
		return nil
	}},
}

func createdName(i int) string { return fmt.Sprintf("file number %d.dat", i) }

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
		var ours, theirs []time.Duration
		for range writeRuns {
			t, err := c.timeOurs(empty)
			if err != nil {
				return all, fmt.Errorf("%s: %w", c.name, err)
			}
			ours = append(ours, t)
			if t, err = c.timeTheirs(empty); err != nil {
				return all, fmt.Errorf("%s: %w", c.name, err)
			}
			theirs = append(theirs, t)
		}
		a, b := median(ours), median(theirs)
		all = append(all, figure{"NTFS, " + c.name, fmt.Sprintf("%.3f s, ntfs-3g %.3f s: %.1f times as fast (medians of %d)",
			a.Seconds(), b.Seconds(), b.Seconds()/a.Seconds(), writeRuns)})
	}
	return all, nil
}

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}

func (c contest) timeOurs(empty string) (time.Duration, error) {
	image := empty + ".copy"
	if err := run1("cp", "--sparse=always", empty, image); err != nil {
		return 0, err
	}
	defer os.Remove(image)
	v, dev, err := openVolume(image)
	if err != nil {
		return 0, err
	}
	defer dev.Close()
	start := time.Now()
	if err := c.ours(v); err != nil {
		return 0, err
	}
	took := time.Since(start)
	return took, run1("ntfsresize", "-i", "-f", "-P", image)
}

func (c contest) timeTheirs(empty string) (took time.Duration, err error) {
	image := empty + ".copy"
	if err := run1("cp", "--sparse=always", empty, image); err != nil {
		return 0, err
	}
	defer os.Remove(image)
	err = mounted(image, func(dir string) error {
		start := time.Now()
		err := c.theirs(dir)
		took = time.Since(start)
		return err
	})
	return took, err
}
