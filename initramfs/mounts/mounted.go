package mounts

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Entry is something that is mounted below Root.
type Entry struct {
	Device, Dir, Type string
	Write             bool
}

// String says it in words.
func (e Entry) String() string {
	mode := "read-only"
	if e.Write {
		mode = "for writing"
	}
	return fmt.Sprintf("%s on %s (%s, %s)", e.Device, e.Dir, e.Type, mode)
}

// Mounted lists what is mounted below Root.
func (s System) Mounted() ([]Entry, error) {
	text, err := os.ReadFile(s.Proc)
	if err != nil {
		return nil, err
	}
	return ParseMounts(string(text)), nil
}

// ParseMounts reads the text of /proc/mounts: device, directory, type, options, in
// which space, tab, newline and backslash are written in octal.
func ParseMounts(text string) []Entry {
	var all []Entry
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 4 {
			continue
		}
		dir := unescape(fields[1])
		if name, below := strings.CutPrefix(dir, Root+"/"); !below || strings.Contains(name, "/") {
			continue
		}
		all = append(all, Entry{unescape(fields[0]), dir, fields[2], slices.Contains(strings.Split(fields[3], ","), "rw")})
	}
	return all
}

func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}

func (s System) entry(dir string) (Entry, error) {
	all, err := s.Mounted()
	if err != nil {
		return Entry{}, err
	}
	for _, e := range all {
		if e.Dir == dir {
			return e, nil
		}
	}
	return Entry{}, fmt.Errorf("%s: nothing is mounted there", dir)
}
