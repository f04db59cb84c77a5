package block

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// SameDisk reports whether two files are the same image, or block devices on
// the same disk: two nodes of one device, or a disk and one of its partitions.
func SameDisk(a, b fs.FileInfo) bool {
	if os.SameFile(a, b) {
		return true
	}
	x, y := wholeDisk(a), wholeDisk(b)
	return x != "" && x == y
}

// wholeDisk is the sysfs directory of the disk that a block device is or lies
// on, "" for other files.
func wholeDisk(info fs.FileInfo) string {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Mode&syscall.S_IFMT != syscall.S_IFBLK {
		return ""
	}
	dir, err := filepath.EvalSymlinks(fmt.Sprintf("/sys/dev/block/%d:%d", unix.Major(st.Rdev), unix.Minor(st.Rdev)))
	if err != nil {
		return ""
	}
	if _, err := os.Stat(filepath.Join(dir, "partition")); err == nil {
		return filepath.Dir(dir)
	}
	return dir
}

// loopOn names a loop device that lies on the disk, "" for none. It compares
// files and not names: the same image can have many.
func loopOn(disk fs.FileInfo) string {
	backing, _ := filepath.Glob("/sys/block/loop*/loop/backing_file") // the pattern is constant
	for _, b := range backing {
		name, err := os.ReadFile(b)
		if err != nil {
			continue // detached while we looked
		}
		other, err := os.Stat(strings.TrimSpace(string(name)))
		if err == nil && SameDisk(disk, other) {
			return strings.Split(b, "/")[3]
		}
	}
	return ""
}

// lastingWriter is writer, but asks again: a process that is just being started
// has for a moment what its parent has open.
func lastingWriter(disk fs.FileInfo) (pid int, name string) {
	const asks, pause = 5, 50 * time.Millisecond
	for i := range asks {
		if pid, name = writer(disk); pid == 0 || i == asks-1 {
			break
		}
		time.Sleep(pause)
	}
	return pid, name
}

// writer finds another process that has the disk open for writing. Processes
// that we may not look into are passed over.
func writer(disk fs.FileInfo) (pid int, name string) {
	fds, _ := filepath.Glob("/proc/[0-9]*/fd/*") // the pattern is constant
	for _, fd := range fds {
		parts := strings.Split(fd, "/")
		id, err := strconv.Atoi(parts[2])
		if err != nil || id == os.Getpid() {
			continue
		}
		other, err := os.Stat(fd)
		if err != nil || !SameDisk(disk, other) || !openForWriting(id, parts[4]) {
			continue
		}
		comm, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", id)) // only for the message
		return id, strings.TrimSpace(string(comm))
	}
	return 0, ""
}

// openForWriting reads the flags of a file descriptor from fdinfo.
func openForWriting(pid int, fd string) bool {
	info, err := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%s", pid, fd))
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(info)) {
		if rest, ok := strings.CutPrefix(line, "flags:"); ok {
			flags, err := strconv.ParseUint(strings.TrimSpace(rest), 8, 64)
			return err == nil && flags&unix.O_ACCMODE != unix.O_RDONLY
		}
	}
	return false
}
