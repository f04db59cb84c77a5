package builder

import "github.com/bootmend/bootmend/builder/ramfs"

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
		// Programs ask it what is mounted.
		{Name: "etc/mtab", Kind: ramfs.Link, Perm: 0o777, Target: "../proc/self/mounts"},
	}
}
