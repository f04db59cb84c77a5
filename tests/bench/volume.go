package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
)

// clusterSize is that of the volumes that are measured.
const clusterSize = 4096

// formatted makes an empty NTFS volume in a sparse file.
func formatted(path string, size int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		return err
	}
	return run1("mkntfs", "-F", "-Q", "-q", "-c", fmt.Sprint(clusterSize), "-s", "512", "-p", "2048", "-H", "255", "-S", "63", path)
}

// run1 runs a program whose output is only wanted when it fails.
func run1(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w: %s", name, args, err, out)
	}
	return nil
}

// mounted calls fn with the place where ntfs-3g shows the volume, and returns
// the CPU time that ntfs-3g took.
func mounted(image string, fn func(dir string) error) (time.Duration, error) {
	dir, err := os.MkdirTemp(filepath.Dir(image), "mnt")
	if err != nil {
		return 0, err
	}
	defer os.Remove(dir)
	var says bytes.Buffer
	cmd := exec.Command("ntfs-3g", "-o", "no_detach", image, dir)
	cmd.Stdout, cmd.Stderr = &says, &says
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	if err := waitMounted(dir); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return 0, fmt.Errorf("%w: %s", err, &says)
	}
	err = fn(dir)
	for range 50 {
		busy := run1("umount", dir)
		if busy == nil {
			werr := cmd.Wait()
			return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), errors.Join(err, werr)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return 0, fmt.Errorf("%s cannot be unmounted: %w", dir, err)
}

func waitMounted(dir string) error {
	for range 500 {
		table, err := os.ReadFile("/proc/mounts")
		if err != nil || strings.Contains(string(table), " "+dir+" ") {
			return err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Errorf("ntfs-3g does not mount on %s", dir)
}

// imageDevice is an image file as a Device. It counts what is read.
type imageDevice struct {
	*os.File
	size  int64
	reads readCount
}

// readCount is what was read of a Device.
type readCount struct {
	calls  int            // of ReadAt
	bytes  int64          // all of them
	blocks map[int64]bool // of 4 KiB that were touched, each once
}

// blockSize is the unit in which readCount counts.
const blockSize = 4096

func openImage(path string) (*imageDevice, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	return &imageDevice{File: f, size: st.Size()}, nil
}

func (d *imageDevice) Size() int64     { return d.size }
func (d *imageDevice) SectorSize() int { return 512 }
func (d *imageDevice) Flush() error    { return nil }

// count starts counting from zero.
func (d *imageDevice) count() { d.reads = readCount{blocks: map[int64]bool{}} }

func (d *imageDevice) ReadAt(p []byte, off int64) (int, error) {
	if d.reads.blocks != nil {
		d.reads.calls++
		d.reads.bytes += int64(len(p))
		for i := off / blockSize; i*blockSize < off+int64(len(p)); i++ {
			d.reads.blocks[i] = true
		}
	}
	return d.File.ReadAt(p, off)
}

var _ block.Device = (*imageDevice)(nil)

// openVolume opens a volume for our writer.
func openVolume(path string) (*ntfs.Volume, *imageDevice, error) {
	dev, err := openImage(path)
	if err != nil {
		return nil, nil, err
	}
	v, err := ntfs.Open(dev)
	if err != nil {
		dev.Close()
		return nil, nil, err
	}
	v.SetClock(time.Now)
	return v, dev, nil
}
