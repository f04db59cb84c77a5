package guests

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// fit makes the guest the disk that the hive file knows: the partition that it
// calls C: has the identity in MountedDevices, and the files of all drivers and
// tables of characters that the boot loader loads are there.
func (g *Guest) fit(number int, hive string) (*Guest, error) {
	lines, err := exportHive(hive)
	if err != nil {
		return nil, err
	}
	c := g.clone()
	for _, l := range lines {
		if data, ok := strings.CutPrefix(l, `\MountedDevices\"\\DosDevices\\C:"=hex(3):`); ok {
			if err := c.mountedAs(number, data); err != nil {
				return nil, fmt.Errorf("%s: %w", hive, err)
			}
		}
	}
	for _, path := range bootFiles(lines) {
		c.addDriver(number, path)
	}
	c.addTables(number, lines)
	return c, nil
}

// exported is the whole hive as text, by hivexregedit. It takes seconds for a real
// hive, and each guest around it asks: the text is kept in the cache by the hive's
// content.
func exported(hive string) ([]byte, error) {
	content, err := os.ReadFile(hive)
	if err != nil {
		return nil, err
	}
	dir, err := cacheDir()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, fmt.Sprintf("export-%x.reg", sha256.Sum256(content)))
	if out, err := os.ReadFile(path); !errors.Is(err, fs.ErrNotExist) {
		return out, err
	}
	out, err := exec.Command("hivexregedit", "--export", "--unsafe-printable-strings", "--prefix", "", hive, `\`).Output()
	if err != nil {
		return nil, fmt.Errorf("hivexregedit --export %s: %w", hive, err)
	}
	part, err := os.CreateTemp(dir, "export-*.part")
	if err != nil {
		return nil, err
	}
	defer os.Remove(part.Name())
	if _, err := part.Write(out); err != nil {
		return nil, errors.Join(err, part.Close())
	}
	if err := part.Close(); err != nil {
		return nil, err
	}
	return out, os.Rename(part.Name(), path)
}

// exportHive lists the values of a hive as "key\"name"=data". Lines that
// hivexregedit cannot print are left out.
func exportHive(hive string) ([]string, error) {
	out, err := exported(hive)
	if err != nil {
		return nil, err
	}
	var all []string
	key := ""
	for line := range strings.Lines(string(out)) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "[") {
			key = strings.Trim(line, "[]")
		} else if strings.HasPrefix(line, `"`) {
			all = append(all, key+`\`+line)
		}
	}
	return all, nil
}

// mountedAs gives the partition the identity of a value of MountedDevices: disk
// signature and offset (12 bytes), or "DMIO:ID:" and the GUID of the partition.
func (g *Guest) mountedAs(number int, text string) error {
	data, err := hex.DecodeString(strings.ReplaceAll(text, ",", ""))
	if err != nil {
		return err
	}
	p := g.Partition(number)
	switch {
	case len(data) == 12 && !g.GPT:
		g.ID = fmt.Sprintf("%02x%02x%02x%02x", data[3], data[2], data[1], data[0])
		start := int64(0)
		for i := 7; i >= 0; i-- {
			start = start<<8 | int64(data[4+i])
		}
		for _, other := range g.Parts {
			if other.Number != number && start < other.Start+other.Size && other.Start < start+p.Size {
				return fmt.Errorf("partition %d at %d does not fit into %s", number, start, g.Name)
			}
		}
		if p.Start != start && start+p.Size <= g.Size {
			p.Start = start
		}
	case len(data) == 24 && g.GPT:
		d := data[8:]
		p.GUID = fmt.Sprintf("%02x%02x%02x%02x-%02x%02x-%02x%02x-%x-%x", d[3], d[2], d[1], d[0], d[5], d[4], d[7], d[6], d[8:10], d[10:])
	}
	return nil
}

// identity is how Windows knows the partition again: the inverse of mountedAs.
func (g *Guest) identity(p *Partition) (string, error) {
	text := g.ID
	if g.GPT {
		text = p.GUID
	}
	d, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(d) != 4 && len(d) != 16 {
		return "", fmt.Errorf("partition %d has no identity: %q", p.Number, text)
	}
	if g.GPT {
		d = append([]byte{d[3], d[2], d[1], d[0], d[5], d[4], d[7], d[6]}, d[8:]...)
		return hexList(append([]byte("DMIO:ID:"), d...)), nil
	}
	return hexList(binary.LittleEndian.AppendUint64([]byte{d[3], d[2], d[1], d[0]}, uint64(p.Start))), nil
}

func hexList(b []byte) string { return strings.ReplaceAll(fmt.Sprintf("% x", b), " ", ",") }

// bootFiles are the paths, below the system root, of the drivers that the boot
// loader loads in any control set, and of those that a list of filters names.
func bootFiles(lines []string) []string {
	wanted, filters, image := map[string]bool{}, map[string]bool{}, map[string]string{}
	var services []string
	for _, l := range lines {
		key, value, ok := strings.Cut(l, `\"`)
		if !ok || !strings.HasPrefix(strings.ToLower(l), `\controlset0`) {
			continue
		}
		name, data, _ := strings.Cut(value, `"=`)
		service := serviceOf(key)
		switch {
		case strings.EqualFold(name, "UpperFilters"), strings.EqualFold(name, "LowerFilters"):
			for _, n := range strings.Split(textOf(data), "\x00") {
				filters[strings.ToLower(n)] = true
			}
		case service == "":
		case strings.EqualFold(name, "Start"):
			services = append(services, key)
			wanted[key] = data == "dword:00000000"
		case strings.EqualFold(name, "ImagePath"):
			image[key] = belowRoot(textOf(data))
		}
	}
	var all []string
	for _, key := range services {
		name := serviceOf(key)
		if !wanted[key] && !filters[strings.ToLower(name)] {
			continue
		}
		path := image[key]
		if path == "" {
			path = `System32\drivers\` + name + ".sys"
		}
		all = append(all, path)
	}
	return all
}

// serviceOf is the name of the service whose key it is, "" for other keys.
func serviceOf(key string) string {
	parts := strings.Split(key, `\`)
	if len(parts) != 4 || !strings.EqualFold(parts[2], "services") {
		return ""
	}
	return parts[3]
}

// textOf reads str(2):"text" and hex(7):73,00,...: strings with a NUL behind
// each.
func textOf(data string) string {
	kind, text, _ := strings.Cut(data, ":")
	if strings.HasPrefix(kind, "str") {
		return strings.ReplaceAll(strings.Trim(text, `"`), `\\`, `\`)
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(text, ",", ""))
	if err != nil {
		return ""
	}
	var b strings.Builder
	for i := 0; i+1 < len(raw); i += 2 {
		b.WriteByte(raw[i])
	}
	return strings.TrimRight(b.String(), "\x00")
}

func belowRoot(path string) string {
	for _, prefix := range []string{`\SystemRoot\`, `%SystemRoot%\`} {
		if len(path) > len(prefix) && strings.EqualFold(path[:len(prefix)], prefix) {
			path = path[len(prefix):]
		}
	}
	return path
}

// addDriver adds a stand-in for a driver, as the kernel is, where there is none.
func (g *Guest) addDriver(number int, below string) {
	part := g.Partition(number)
	for _, e := range part.Entries {
		at := len(e.Path) - len(`\system32\ntoskrnl.exe`)
		if e.Kind != PE || at < 0 || !strings.EqualFold(e.Path[at:], `\system32\ntoskrnl.exe`) {
			continue
		}
		system := e.Path[:at+len(`\system32\`)] // in the case of the tree
		name, ok := cutFold(below, `system32\`)
		if _, there := g.Find(number, system+name); !ok || there != nil || strings.Contains(name, ":") {
			return
		}
		if rest, ok := cutFold(name, `drivers\`); ok {
			name = `drivers\` + rest
		}
		part.Entries = append(part.Entries, Entry{Kind: PE, Path: system + name, Arg: e.Arg, Version: e.Version})
		return
	}
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
