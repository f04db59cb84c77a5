package pid1

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ioctls of linux/cdrom.h.
const (
	cdromEject    = 0x5309
	cdromLockDoor = 0x5329
)

// leave ends everything and restarts or switches off. It returns only if the
// kernel refuses.
func (s *system) leave(c Choice) {
	cmd, word := unix.LINUX_REBOOT_CMD_POWER_OFF, "power off"
	if c == ChooseReboot {
		cmd, word = unix.LINUX_REBOOT_CMD_RESTART, "reboot"
	}
	s.sayf("%s [t=%.2f]", word, s.uptime())
	_ = unix.Kill(-1, unix.SIGTERM)
	time.Sleep(300 * time.Millisecond)
	_ = unix.Kill(-1, unix.SIGKILL)
	unmountDisks()
	unix.Sync()
	if c == ChooseReboot {
		s.ejectCDs("/dev")
	}
	s.out.drain()
	if err := unix.Reboot(cmd); err != nil {
		s.sayf("%s: %v", word, err)
	}
	time.Sleep(5 * time.Second)
	s.sayf("%s: the machine is still running", word)
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
			s.sayf("eject %s: %v", drive, err)
		}
		unix.Close(fd)
	}
}
