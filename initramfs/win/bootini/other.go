package bootini

import "strings"

// NamesOther reports whether the left side of an entry names something else than
// a folder of a hard disk: a file of a drive that holds a boot sector
// ("C:\BOOTSECT.DOS", "C:\"), a RAM disk, a CD, a floppy, the network.
func NamesOther(path string) bool {
	if isFile(path) {
		return true
	}
	for pos := 0; ; {
		word, _, next, ok := component(path, pos)
		if !ok {
			return false
		}
		switch strings.ToLower(word) {
		case "ramdisk", "net", "cdrom", "fdisk":
			return true
		}
		pos = next
	}
}

// isFile reports whether a path is that of a file on a drive: "C:\BOOTSECT.DOS".
func isFile(path string) bool {
	return len(path) >= 2 && path[1] == ':' && (path[0]|0x20 >= 'a' && path[0]|0x20 <= 'z')
}

// FolderOf is the folder that a left side names even where the rest of it is no
// ARC path, with backslashes: what follows the first slash of any kind, else the
// last parenthesis. "" where it names none.
func FolderOf(path string) string {
	folder := path[strings.LastIndexByte(path, ')')+1:]
	if i := strings.IndexAny(path, `\/`); i >= 0 {
		folder = path[i:]
	}
	return strings.ReplaceAll(folder, "/", `\`)
}
