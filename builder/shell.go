package builder

import (
	"github.com/bootmend/bootmend/builder/ramfs"
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
		script("lspci", `/bbin/bootmend drv ls "$@"`),
		script("help", "/bbin/cat /etc/motd"),
		// Names that people know from elsewhere.
		script("less", `/bbin/more "$@"`),
		script("vi", `/bin/nano "$@"`),
		script("edit", `/bin/nano "$@"`),
		script("sha1sum", `/bbin/shasum "$@"`),
		script("sha256sum", `/bbin/shasum -a 256 "$@"`),
		script("lsblk", `/bbin/bootmend part ls "$@"`),
		script("reboot", "/bbin/shutdown -r now"),
		script("dhcp", `/bbin/dhclient -ipv6=false "$@"`),
		{Name: "etc/motd", Perm: 0o644, Content: []byte(sh.Motd)},
		// Programs ask it what is mounted.
		{Name: "etc/mtab", Kind: ramfs.Link, Perm: 0o777, Target: "../proc/self/mounts"},
	}
}
