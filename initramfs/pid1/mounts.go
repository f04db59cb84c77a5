package pid1

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// mount is one file system of the running image.
type mount struct {
	fstype, target string
	flags          uintptr
	data           string
	essential      bool   // without it nothing that follows can work
	only           string // mounted only where this path exists
}

const noExec = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// mounts returns the file systems to mount, in order.
func mounts() []mount {
	return []mount{
		{fstype: "proc", target: "/proc", flags: noExec, essential: true},
		{fstype: "sysfs", target: "/sys", flags: noExec, essential: true},
		{fstype: "devtmpfs", target: "/dev", flags: unix.MS_NOSUID, data: "mode=0755", essential: true},
		{fstype: "devpts", target: "/dev/pts", flags: unix.MS_NOSUID | unix.MS_NOEXEC, data: "ptmxmode=0666"},
		{fstype: "tmpfs", target: "/run", flags: unix.MS_NOSUID | unix.MS_NODEV, data: "mode=0755", essential: true},
		{fstype: "tmpfs", target: "/tmp", flags: unix.MS_NOSUID | unix.MS_NODEV, data: "mode=1777"},
	}
}

// lateMounts need modules.
func lateMounts() []mount {
	return []mount{
		{fstype: "efivarfs", target: "/sys/firmware/efi/efivars", flags: noExec, only: "/sys/firmware/efi/efivars"},
	}
}

// mountAll mounts the list and returns what went wrong. A file system that is
// there already is right.
func mountAll(list []mount) error {
	var all error
	for _, m := range list {
		if m.only != "" {
			if _, err := os.Stat(m.only); err != nil {
				continue
			}
		}
		if err := m.mount(); err != nil {
			all = errors.Join(all, err)
		}
	}
	return all
}

func (m mount) mount() error {
	if err := os.MkdirAll(m.target, 0o755); err != nil {
		return err
	}
	err := unix.Mount(m.fstype, m.target, m.fstype, m.flags, m.data)
	if err == nil || errors.Is(err, unix.EBUSY) {
		return nil
	}
	note := ""
	if m.essential {
		note = " (nothing works without it)"
	}
	return fmt.Errorf("mount %s on %s: %w%s", m.fstype, m.target, err, note)
}
