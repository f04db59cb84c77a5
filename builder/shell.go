package builder

import (
	"fmt"

	"github.com/bootmend/bootmend/builder/ramfs"
	"github.com/bootmend/bootmend/initramfs/pid1"
	"github.com/bootmend/bootmend/initramfs/pid1/sh"
)

// shellFiles are what a person at the shell finds beside the commands.
func shellFiles() []ramfs.Entry {
	script := func(name, line string) ramfs.Entry {
		return ramfs.Entry{Name: "bin/" + name, Perm: 0o755, Content: []byte("#!/bin/sh\nexec " + line + "\n")}
	}
	return []ramfs.Entry{
		script("mount-windows", `/bbin/bootmend mount "$@"`),
		script("umount-windows", `/bbin/bootmend umount "$@"`),
		script("mount-media", `/bbin/bootmend mount --media "$@"`),
		script("umount-media", `/bbin/bootmend umount "$@"`),
		script("explain", `/bbin/bootmend explain "$@"`),
		script("lspci", `/bbin/bootmend drv devices "$@"`),
		// Names that people know from elsewhere.
		script("insmod", `/bbin/modprobe "$@"`),
		script("rmmod", `/bbin/modprobe -r "$@"`),
		script("less", `/bbin/more "$@"`),
		script("vi", `/bin/nano "$@"`),
		script("edit", `/bin/nano "$@"`),
		script("sha1sum", `/bbin/shasum "$@"`),
		script("sha256sum", `/bbin/shasum -a 256 "$@"`),
		script("lsblk", `/bbin/bootmend part ls "$@"`),
		// Process 1 does these in order: nothing that is mounted is lost.
		script("reboot", "/bbin/kill -SIGTERM 1"),
		script("poweroff", "/bbin/kill -SIGUSR2 1"),
		{Name: "bin/login", Perm: 0o755, Content: []byte(loginScript())},
		{Name: "etc/motd", Perm: 0o644, Content: []byte(sh.Motd)},
		// Programs ask it what is mounted.
		{Name: "etc/mtab", Kind: ramfs.Link, Perm: 0o777, Target: "../proc/self/mounts"},
	}
}

// loginScript is what a person gets who comes in over the network: the menu, and from
// it the shell.
func loginScript() string {
	return fmt.Sprintf(`#!/bin/sh
# What the person's terminal calls itself need not be known here.
[ -e "/usr/share/terminfo/${TERM:0:1}/$TERM" ] || export TERM=xterm
while true; do
	/bbin/bootmend console
	case $? in
	%d) /bbin/bootmend repair ;;
	%d) /bin/reboot; exit ;;
	%d) /bin/poweroff; exit ;;
	*) break ;;
	esac
done
/bbin/cat /etc/motd
exec /bbin/sh
`, pid1.ConsoleAutomatic, pid1.ConsoleReboot, pid1.ConsolePowerOff)
}
