package core

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Process 1 ends the machine in order when it gets these (package pid1).
const (
	rebootSignal   = unix.SIGTERM
	powerOffSignal = unix.SIGUSR2
)

func leave(s syscall.Signal) func(*Call) error {
	return func(*Call) error { return syscall.Kill(1, s) }
}

func sleep(c *Call) error {
	if len(c.Args) != 1 {
		return errUsage
	}
	n, err := strconv.ParseFloat(c.Args[0], 64)
	if err != nil || n < 0 {
		return errUsage
	}
	time.Sleep(time.Duration(n * float64(time.Second)))
	return nil
}

func syncAll(*Call) error {
	unix.Sync()
	return nil
}

// dmesg shows the kernel's messages.
func dmesg(c *Call) error {
	size, err := unix.Klogctl(unix.SYSLOG_ACTION_SIZE_BUFFER, nil)
	if err != nil {
		return err
	}
	b := make([]byte, size)
	n, err := unix.Klogctl(unix.SYSLOG_ACTION_READ_ALL, b)
	if err == nil {
		_, err = c.Out.Write(b[:n])
	}
	return err
}

func show(c *Call, path string) error {
	b, err := os.ReadFile(path)
	if err == nil {
		_, err = c.Out.Write(b)
	}
	return err
}

func free(c *Call) error { return show(c, "/proc/meminfo") }

func ps(c *Call) error {
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return err
	}
	for _, path := range all {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		dir := filepath.Dir(path)
		name := strings.ReplaceAll(strings.TrimRight(string(text), "\x00"), "\x00", " ")
		if name == "" {
			comm, _ := os.ReadFile(filepath.Join(dir, "comm")) // a thread of the kernel
			name = "[" + strings.TrimSpace(string(comm)) + "]"
		}
		fmt.Fprintf(c.Out, "%6s  %s\n", filepath.Base(dir), name)
	}
	return nil
}

// mount mounts read-only: what is to be written goes through bootmend.
func mount(c *Call) error {
	switch len(c.Args) {
	case 0:
		return show(c, "/proc/mounts")
	case 3:
		return unix.Mount(c.Args[1], c.Args[2], c.Args[0], unix.MS_RDONLY, "")
	}
	return errUsage
}

func umount(c *Call) error {
	for _, dir := range c.Args {
		if err := unix.Unmount(dir, 0); err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
	}
	return nil
}

func df(c *Call) error {
	text, err := os.ReadFile("/proc/mounts")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		var st unix.Statfs_t
		if len(fields) < 2 || unix.Statfs(fields[1], &st) != nil || st.Blocks == 0 {
			continue
		}
		size := uint64(st.Bsize)
		fmt.Fprintf(c.Out, "%10d KiB, %10d free  %s\n", st.Blocks*size>>10, st.Bavail*size>>10, fields[1])
	}
	return nil
}
