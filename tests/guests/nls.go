package guests

import (
	"encoding/binary"
	"regexp"
	"strconv"
	"strings"
)

// Table is a stand-in for a table of characters (c_1252.nls): nothing but its
// header, the words 000Dh, code page and bytes of a character, and filling. Page 0
// stands for l_intl.nls, which has another one.
func Table(path string, page int) Entry {
	data := make([]byte, 4096)
	for i := range data {
		data[i] = byte(i)
	}
	if page != 0 {
		for i, word := range []uint16{0x0D, uint16(page), 1} {
			binary.LittleEndian.PutUint16(data[2*i:], word)
		}
	}
	return Entry{Kind: File, Path: path, Data: data}
}

// codePage is a value of Control\Nls\CodePage that names the file of a page.
var codePage = regexp.MustCompile(`(?i)^\\ControlSet00\d\\Control\\Nls\\CodePage\\"(\d+)"=(.*)$`)

// addTables adds stand-ins for the tables that a hive names.
func (g *Guest) addTables(number int, lines []string) {
	_, hive := g.SystemHive()
	system := hive.Path[:strings.LastIndex(strings.ToLower(hive.Path), `\config`)+1]
	add := func(name string, page int) {
		if _, there := g.Find(number, system+name); there == nil {
			g.Partition(number).Entries = append(g.Partition(number).Entries, Table(system+name, page))
		}
	}
	any := false
	for _, l := range lines {
		m := codePage.FindStringSubmatch(l)
		if m == nil {
			continue
		}
		page, _ := strconv.Atoi(m[1])
		if name := textOf(m[2]); page > 0 && strings.HasSuffix(strings.ToLower(name), ".nls") {
			add(strings.ToLower(name), page)
			any = true
		}
	}
	if any {
		add("l_intl.nls", 0)
	}
}
