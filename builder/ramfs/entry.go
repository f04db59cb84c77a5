package ramfs

import (
	"fmt"
	"hash/crc32"
	"path"
	"strings"
)

// Entry is one file, directory, symbolic link or character device.
type Entry struct {
	Name    string // path without leading "/"
	Kind    Kind
	Perm    uint32 // permission bits
	Content []byte // of a File
	Target  string // of a Link
	// Major and Minor number a Device.
	Major, Minor uint32
}

// Kind is the type of an Entry.
type Kind int

const (
	File Kind = iota
	Dir
	Link
	Device
)

// Parents returns entries with the directories that they need and lack put in
// front of their first use.
func Parents(entries []Entry) []Entry {
	have := map[string]bool{".": true}
	var list []Entry
	for _, e := range entries {
		var above []Entry
		for dir := path.Dir(e.Name); !have[dir]; dir = path.Dir(dir) {
			have[dir] = true
			above = append(above, Entry{Name: dir, Kind: Dir, Perm: 0o755})
		}
		for i := len(above) - 1; i >= 0; i-- {
			list = append(list, above[i])
		}
		if e.Kind == Dir && have[e.Name] {
			continue
		}
		have[e.Name] = true
		list = append(list, e)
	}
	return list
}

// Manifest returns a text with one line "CRC32 SIZE NAME" for each file: init
// compares it with what it finds, because the kernel goes on booting with cut
// files when memory is too small for the archive. (CRC-32 as in gzip: it is to
// find cut files fast, not to resist anybody.)
func Manifest(entries []Entry) string {
	var b strings.Builder
	for _, e := range entries {
		if e.Kind == File {
			fmt.Fprintf(&b, "%08x %d %s\n", crc32.ChecksumIEEE(e.Content), len(e.Content), e.Name)
		}
	}
	return b.String()
}
