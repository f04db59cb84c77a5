package pid1

import (
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ioctls of linux/cdrom.h.
const (
	cdromEject       = 0x5309
	cdromDriveStatus = 0x5326 // argument 0x7fffffff: the current slot; 0 does for drives without a changer
	cdromLockDoor    = 0x5329
	cdromDiscOK      = 4
)

// leave ends everything and restarts or switches off. What is being written to a
// disk is waited for. It returns only if the kernel refuses; called again in the
// meantime it waits for that.
func (s *system) leave(c Choice) {
	s.leaving.Lock()
	defer s.leaving.Unlock()
	cmd, word := unix.LINUX_REBOOT_CMD_POWER_OFF, "power off"
	if c == ChooseReboot {
		cmd, word = unix.LINUX_REBOOT_CMD_RESTART, "reboot"
	}
	_ = unix.Kill(-1, unix.SIGTERM)
	time.Sleep(300 * time.Millisecond)
	s.waitForWriters("/proc")
	s.sayf("%s [t=%.2f]", word, s.uptime())
	_ = unix.Kill(-1, unix.SIGKILL)
	unmountDisks()
	unix.Sync()
	if c == ChooseReboot {
		s.ejectCDs("/dev")
		s.startDiskNext()
		s.nameMedia("the machine should start from its disk now", takeOutSeconds*time.Second)
	}
	s.out.drain()
	s.tellHypervisor(s.config.Exit)
	if err := unix.Reboot(cmd); err != nil {
		s.sayf("%s: %v", word, err)
	}
	time.Sleep(5 * time.Second)
	s.sayf("%s: the machine is still running", word)
}

// onCtrlAltDel makes the three keys restart the machine in order. The kernel
// would restart it at once, in the middle of whatever is being written.
func (s *system) onCtrlAltDel() {
	if err := unix.Reboot(unix.LINUX_REBOOT_CMD_CAD_OFF); err != nil {
		s.sayf("Ctrl-Alt-Del: %v", err)
		return
	}
	pressed := make(chan os.Signal, 1)
	signal.Notify(pressed, unix.SIGINT)
	go func() {
		for range pressed {
			s.sayf("Ctrl-Alt-Del: the machine restarts as soon as nothing is being written")
			go s.leave(ChooseReboot)
		}
	}()
}

// unmountDisks detaches whatever a person mounted from a device.
func unmountDisks() {
	text, _ := os.ReadFile("/proc/self/mounts")
	for _, target := range DeviceMounts(string(text)) {
		_ = unix.Unmount(target, unix.MNT_DETACH)
	}
}

// DeviceMounts returns the mount points of devices from the text of
// /proc/self/mounts, the last mounted first.
func DeviceMounts(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 2 || !strings.HasPrefix(f[0], "/dev/") {
			continue
		}
		target := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(f[1])
		list = append([]string{target}, list...)
	}
	return list
}

// ejectCDs opens the trays of all CD drives, so that the machine does not start
// the rescue medium again. That some drive will not is no reason to stop.
func (s *system) ejectCDs(dev string) {
	drives, _ := filepath.Glob(filepath.Join(dev, "sr[0-9]*"))
	for _, drive := range drives {
		fd, err := unix.Open(drive, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		if err != nil {
			s.sayf("eject: %v", err)
			continue
		}
		_ = unix.IoctlSetInt(fd, cdromLockDoor, 0)
		if err := unix.IoctlSetInt(fd, cdromEject, 0); err != nil {
			s.sayf("eject %s: %v; take the disc out by hand", drive, err)
		} else if status, err := unix.IoctlRetInt(fd, cdromDriveStatus); err == nil && status == cdromDiscOK {
			s.sayf("eject %s: the drive keeps its disc; take it out by hand", drive)
		} else {
			s.sayf("ejected %s", drive)
		}
		unix.Close(fd)
	}
}

// takeOutSeconds are for taking out a floppy or a stick.
const takeOutSeconds = 5

// nameMedia tells once what has to be taken out, and leaves time for that; where there is
// nothing it says that, if anything.
func (s *system) nameMedia(nothing string, wait time.Duration) {
	text := removeMedia("/dev")
	switch {
	case text == "" && nothing != "":
		s.sayf("%s", nothing)
	case text != "" && !s.mediaNamed:
		s.mediaNamed = true
		s.sayf("%s", text)
		time.Sleep(wait)
	}
}

// removeMedia says which media that a machine may start from cannot be ejected, "" for none.
func removeMedia(dev string) string {
	var what []string
	is := mediumIn(dev)
	for _, d := range Disks(os.DirFS("/sys")) {
		name, _, _ := strings.Cut(d, " ")
		switch {
		case strings.HasPrefix(name, "fd") && hasFloppy(filepath.Join(dev, name)):
			what = append(what, "the floppy")
		case strings.HasPrefix(name, "sr"), strings.HasPrefix(name, "fd"):
		case is(name):
			what = append(what, "the USB stick with bootmend")
		}
	}
	if len(what) == 0 {
		return ""
	}
	return "take out " + strings.Join(what, " and ") + " now: it cannot be ejected, and the machine would start from it again"
}

// hasFloppy: Linux has a size for floppy drives without a floppy.
func hasFloppy(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	n, _ := f.Read(make([]byte, 512))
	return n == 512
}
