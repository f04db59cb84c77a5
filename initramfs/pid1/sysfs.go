package pid1

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// The functions here read a sysfs tree (sysfs(5); "sys" is the file system
// rooted at /sys). They see one moment of it: files that vanish while they look
// are left out.

// Modaliases returns the modalias of every device, each once, sorted.
func Modaliases(sys fs.FS) []string {
	var list []string
	_ = fs.WalkDir(sys, "devices", func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "modalias" {
			if text := readText(sys, p); text != "" {
				list = append(list, text)
			}
		}
		return nil // an unreadable branch does not hide the others
	})
	slices.Sort(list)
	return slices.Compact(list)
}

// Disks returns name and size of every block device that stands for hardware
// ("sda 976773168", in sectors of 512 bytes), sorted.
func Disks(sys fs.FS) []string {
	entries, _ := fs.ReadDir(sys, "block")
	var list []string
	for _, e := range entries {
		if virtual(e.Name()) {
			continue
		}
		list = append(list, e.Name()+" "+readText(sys, path.Join("block", e.Name(), "size")))
	}
	return list
}

func virtual(name string) bool {
	for _, prefix := range []string{"loop", "ram", "zram", "nbd", "dm-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// Pending returns the storage devices that a driver has taken but that have
// not shown yet what disks they have: USB storage waits a second before it asks
// the device, and NVMe starts its controllers in the background.
func Pending(sys fs.FS) []string {
	var list []string
	for _, driver := range []string{"usb-storage", "uas"} {
		dir := "bus/usb/drivers/" + driver
		entries, _ := fs.ReadDir(sys, dir)
		for _, e := range entries {
			// Interfaces are called BUS-PORT:CONFIG.INTERFACE.
			if strings.Contains(e.Name(), ":") && !hasTarget(sys, path.Join(dir, e.Name())) {
				list = append(list, driver+" "+e.Name())
			}
		}
	}
	entries, _ := fs.ReadDir(sys, "class/nvme")
	for _, e := range entries {
		switch state := readText(sys, path.Join("class/nvme", e.Name(), "state")); state {
		case "new", "resetting", "connecting":
			list = append(list, e.Name()+" "+state)
		}
	}
	return list
}

// HasUSB reports whether there is a USB host controller (its root hub).
func HasUSB(sys fs.FS) bool {
	hubs, _ := fs.Glob(sys, "bus/usb/devices/usb*")
	return len(hubs) > 0
}

// hasTarget reports whether a SCSI host below the USB interface found a target.
func hasTarget(sys fs.FS, dir string) bool {
	hosts, _ := fs.Glob(sys, dir+"/host*/target*")
	return len(hosts) > 0
}

// ConsoleNames returns the terminals to use, as names below /dev: the first
// virtual terminal and the first serial port, if they are there. The kernel has
// a ttyS0 also where no port is; its type is 0 then (PORT_UNKNOWN).
func ConsoleNames(sys fs.FS) []string {
	var names []string
	if _, err := fs.Stat(sys, "class/tty/tty1"); err == nil {
		names = append(names, "tty1")
	}
	if _, err := fs.Stat(sys, "class/tty/ttyS0"); err == nil && readText(sys, "class/tty/ttyS0/type") != "0" {
		names = append(names, "ttyS0")
	}
	return names
}

// readText returns a file without white space around it, "" if it cannot be
// read.
func readText(fsys fs.FS, name string) string {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
