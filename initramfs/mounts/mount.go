package mounts

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/bootmend/bootmend/initramfs/block/protection"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// ErrRefused is wrapped where mounting would not be safe, or is not possible.
var ErrRefused = errors.New("not mounted")

// System is what mounting needs of the machine.
type System struct {
	Sys   string // "/sys"
	State string // directory in memory for what must be put back: "/run/bootmend/mounts"
	Proc  string // "/proc/self/mounts"
	// Keeper has the disks that are write-protected.
	Keeper protection.Keeper
}

// Here is the running machine.
func Here() System {
	return System{Sys: "/sys", State: "/run/bootmend/mounts", Proc: "/proc/self/mounts", Keeper: protection.Here()}
}

// Mount mounts a place and returns what is mounted there. It is not undone where
// somebody mounted the same before.
func (s System) Mount(p Place, write bool) (Entry, error) {
	if p.Refused != "" {
		return Entry{}, fmt.Errorf("%s: %w: %s", p.Dir(), ErrRefused, p.Refused)
	}
	node, err := Node(s.Sys, p.Volume)
	if err != nil {
		return Entry{}, fmt.Errorf("%s: %w: %w", p.Dir(), ErrRefused, err)
	}
	mounted, err := s.Mounted()
	if err != nil {
		return Entry{}, err
	}
	for _, e := range mounted {
		if e.Dir == p.Dir() || e.Device == node {
			return Entry{}, fmt.Errorf("%s: %w: %s is mounted on %s already", p.Dir(), ErrRefused, e.Device, e.Dir)
		}
	}
	if err := os.MkdirAll(p.Dir(), 0o755); err != nil {
		return Entry{}, err
	}
	if write {
		if err := s.liftProtection(p.Name, node); err != nil {
			return Entry{}, fmt.Errorf("%s: %w: %w", p.Dir(), ErrRefused, err)
		}
	}
	if err := mountNode(node, p.Dir(), p.Volume.Kind, write); err != nil {
		return Entry{}, errors.Join(fmt.Errorf("%s on %s: %w", node, p.Dir(), err), s.restoreProtection(p.Name))
	}
	return s.entry(p.Dir())
}

// mountNode calls the driver.
func mountNode(node, dir string, kind fs.Kind, write bool) error {
	flags := uintptr(unix.MS_NOATIME | unix.MS_NODEV | unix.MS_NOSUID)
	if !write {
		flags |= unix.MS_RDONLY
	}
	switch kind {
	case fs.NTFS:
		return ntfs3g(node, dir, write)
	case fs.FAT12, fs.FAT16, fs.FAT32:
		return unix.Mount(node, dir, "vfat", flags, "utf8=1,shortname=mixed,errors=remount-ro")
	case fs.ISO9660:
		return unix.Mount(node, dir, "iso9660", flags, "iocharset=utf8")
	case fs.UDF:
		return unix.Mount(node, dir, "udf", flags, "")
	}
	return fmt.Errorf("%w: no driver for %s", ErrRefused, kind)
}

// NTFSOptions are those of ntfs-3g: norecover, because it would empty a log that is
// not clean, and names that Windows has no use for are refused.
func NTFSOptions(write bool) string {
	if write {
		return "rw,noatime,norecover,windows_names,streams_interface=windows"
	}
	return "ro,noatime,norecover,streams_interface=windows"
}

func ntfs3g(node, dir string, write bool) error {
	_ = exec.Command("/sbin/modprobe", "fuse").Run() // where it is built in there is none
	out, err := exec.Command("ntfs-3g", "-o", NTFSOptions(write), node, dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ntfs-3g: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// Unmount takes what is mounted in a directory away and puts write protection back.
func (s System) Unmount(e Entry) error {
	if err := unix.Unmount(e.Dir, 0); err != nil {
		if errors.Is(err, unix.EBUSY) {
			return fmt.Errorf("%s is in use: leave it in every shell (cd /), and end programs that have files of it open", e.Dir)
		}
		return fmt.Errorf("%s: %w", e.Dir, err)
	}
	unix.Sync()
	s.dropCaches(e.Device)
	_ = os.Remove(e.Dir) // fails where it is not empty, and then it was not ours
	return s.restoreProtection(filepath.Base(e.Dir))
}

// dropCaches makes the next reader of the disk see what was written through the
// partition: the kernel caches both apart, and keeps what it has of the disk as long
// as another partition is mounted.
func (s System) dropCaches(partition string) {
	devices := []string{partition}
	if dir, err := filepath.EvalSymlinks(filepath.Join(s.Sys, "class/block", filepath.Base(partition))); err == nil {
		devices = append(devices, filepath.Join(filepath.Dir(partition), filepath.Base(filepath.Dir(dir))))
	}
	for _, dev := range devices {
		f, err := os.Open(dev)
		if err != nil {
			continue // the parent of a whole disk is none
		}
		_ = unix.IoctlSetInt(int(f.Fd()), unix.BLKFLSBUF, 0) // best effort: the repair reads past the cache
		f.Close()
	}
}
