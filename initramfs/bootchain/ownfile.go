package bootchain

import (
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// OwnedByWindows: the name is that of a service that Windows itself brings along
// and without which it does not start or cannot reach its volume, in any case:
// what drives buses, disks, partitions and volumes, file systems, and what starts
// with all of them. No driver package may have it.
func OwnedByWindows(service string) bool {
	name := strings.ToLower(service)
	switch name {
	case "vmbus", "vpci", "cdrom", "cdfs", "udfs", "exfat", "refs", "refsv1", "msfs", "npfs", "rdbss", "mrxsmb", "afd", "netbt", "null", "beep", "intelpep", "swenum":
		return true
	}
	return vital()[name]
}

// ForeignFile says which file a service of Windows loads instead of its own, ""
// when it is its own: those of common and the file systems are, in every real hive
// that was seen, <name>.sys.
func ForeignFile(w *inspect.Installation, s *registry.Service) string {
	below, err := registry.DriverFile(s, w.Root)
	if err != nil {
		return ""
	}
	if name := below[strings.LastIndexByte(below, '\\')+1:]; !strings.EqualFold(name, s.Name+".sys") {
		return below
	}
	return ""
}

// ownFile makes a driver that loads another driver's file one that does not
// start: the file may well be loadable, and is not what everything hangs on.
func ownFile(w *inspect.Installation, d *Driver) {
	if d.Service == nil || d.Err != nil {
		return
	}
	if below := ForeignFile(w, d.Service); below != "" {
		d.FileErr = fmt.Errorf("service %s of Windows loads %s, which is another driver's file", d.Name, below)
	}
}

// takenOver are acpi and the file system of the volume where they are not in
// common (the loader starts a file system whatever its Start is; acpi is on some
// machines only) whose file is not theirs any more.
func takenOver(w *inspect.Installation, set *registry.ControlSet, c machine.Controller) []Driver {
	seen := map[string]bool{}
	for _, name := range common(w, c) {
		seen[name] = true
	}
	var all []Driver
	fileSystem := "fastfat"
	if w.Volume.Kind == fs.NTFS {
		fileSystem = "ntfs"
	}
	for _, name := range []string{"acpi", fileSystem} {
		if seen[name] {
			continue
		}
		d := readDriver(w, set, name)
		if ownFile(w, &d); d.Err == nil && d.Service != nil && ForeignFile(w, d.Service) != "" {
			all = append(all, d)
		}
	}
	return all
}
