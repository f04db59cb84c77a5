package pid1

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// waitForWriters waits until no process has a disk open for writing, however long
// that takes: a machine is not restarted while a repair is being written.
func (s *system) waitForWriters(proc string) {
	for n := 0; ; n++ {
		list := writers(os.DirFS(proc), func(pid, fd string) string {
			target, _ := os.Readlink(filepath.Join(proc, pid, "fd", fd))
			return target
		})
		if len(list) == 0 {
			return
		}
		if n%50 == 0 {
			s.sayf("waiting for %s; do not switch the machine off", strings.Join(list, ", "))
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// writers are the processes that have a disk open for writing: "bootmend, which
// writes to /dev/sda". target is what a descriptor of a process is a link to.
func writers(proc fs.FS, target func(pid, fd string) string) []string {
	var all []string
	entries, _ := fs.ReadDir(proc, ".")
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil || e.Name() == "1" {
			continue
		}
		fds, _ := fs.ReadDir(proc, path.Join(e.Name(), "fdinfo"))
		for _, fd := range fds {
			disk := target(e.Name(), fd.Name())
			if isDiskPath(disk) && opensForWriting(readText(proc, path.Join(e.Name(), "fdinfo", fd.Name()))) {
				all = append(all, fmt.Sprintf("%s, which writes to %s", readText(proc, path.Join(e.Name(), "comm")), disk))
			}
		}
	}
	return all
}

// isDiskPath: a block device of the kinds that Disks lists.
func isDiskPath(target string) bool {
	name, ok := strings.CutPrefix(target, "/dev/")
	if !ok {
		return false
	}
	for _, kind := range []string{"sd", "hd", "vd", "xvd", "nvme", "mmcblk", "fd", "dm-", "md"} {
		if rest, ok := strings.CutPrefix(name, kind); ok && rest != "" && !strings.Contains(rest, "/") {
			return true
		}
	}
	return false
}

// opensForWriting reads the flags of open(2) from the text of /proc/PID/fdinfo/FD.
func opensForWriting(info string) bool {
	for line := range strings.Lines(info) {
		value, ok := strings.CutPrefix(line, "flags:")
		if !ok {
			continue
		}
		flags, err := strconv.ParseUint(strings.TrimSpace(value), 8, 64)
		return err == nil && flags&3 != 0 // O_WRONLY, O_RDWR
	}
	return false
}
