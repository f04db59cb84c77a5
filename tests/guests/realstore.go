package guests

import (
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// storeObject is an object of a real store: its type, eight digits, and the data of
// its elements as .reg text, by number in lower case.
type storeObject struct {
	kind     string
	elements map[string]string
}

// withRealStore puts a real store on the guest. Its loader, resume object and recovery
// environment get the GUIDs that those of guests have, by which damages know them, and
// its devices become the partitions of the guest; the loader of Windows becomes the
// default, and the image of the recovery environment is put where it is looked for.
func (g *Guest) withRealStore(file string) (*Guest, error) {
	path, err := unpacked(file)
	if err != nil {
		return nil, err
	}
	lines, err := exportHive(path)
	if err != nil {
		return nil, err
	}
	store := readStore(lines)
	names, err := store.names()
	if err != nil {
		return nil, err
	}
	number, e := g.Find(0, g.StorePath())
	recovery, _ := g.RecoveryImage()
	windows, _ := g.SystemHive()
	if recovery == 0 {
		recovery = windows
	}
	bodies := map[string]string{"system": g.deviceBody(number), "windows": g.deviceBody(windows), "recovery": g.deviceBody(recovery)}
	c := g.clone()
	var reg strings.Builder
	for _, id := range slices.Sorted(maps.Keys(store)) {
		o, to, purpose := store[id], id, "windows"
		if names[id] != "" {
			to = names[id]
			fmt.Fprintf(&reg, "[-%s\\Objects\\%s]\n\n", StoreRoot, id)
		}
		switch {
		case to == Recovery || to == RecoveryOptions:
			purpose = "recovery"
		case id == BootManager, id == MemoryTester, strings.HasPrefix(o.kind, "101"):
			purpose = "system"
		}
		reg.WriteString(StoreObject(to, o.kind))
		for _, n := range slices.Sorted(maps.Keys(o.elements)) {
			data := renamed(o.elements[n], names)
			if n[1] == '1' {
				data = leadTo(data, bodies[purpose])
			}
			reg.WriteString(StoreElement(to, n, data))
		}
		if image := ramdiskPath(o.elements["11000001"]); image != "" {
			at := map[bool]int{true: recovery, false: windows}[to == Recovery]
			c = c.With(at, Entry{Kind: Text, Path: image, Data: []byte("MSWIM stands for an image\r\n")})
		}
	}
	reg.WriteString(StoreElement(BootManager, "23000003", `"`+Loader+`"`) + StoreElement(BootManager, "24000001", StoreList(Loader)))
	c = c.With(number, Entry{Kind: Hive, Path: e.Path, Arg: path, Prefix: StoreRoot, Reg: reg.String()})
	c.realStore, c.realReg = file, reg.String()
	return c, nil
}

type realStore map[string]storeObject

// readStore reads what exportHive gives.
func readStore(lines []string) realStore {
	s := realStore{}
	for _, l := range lines {
		parts := strings.SplitN(l, `\`, 7)
		if len(parts) < 4 || parts[1] != "Objects" {
			continue
		}
		id := strings.ToLower(parts[2])
		o, ok := s[id]
		if !ok {
			o = storeObject{elements: map[string]string{}}
		}
		key, data, _ := strings.Cut(l, `\"Element"=`)
		if data != "" && len(parts) > 4 && parts[3] == "Elements" {
			o.elements[strings.ToLower(key[strings.LastIndex(key, `\`)+1:])] = data
		}
		if _, kind, ok := strings.Cut(l, `\Description\"Type"=dword:`); ok {
			o.kind = kind
		}
		s[id] = o
	}
	return s
}

// names are the GUIDs that guests have in place of those of the store.
func (s realStore) names() (map[string]string, error) {
	names := map[string]string{}
	text := func(id, element string) string {
		return strings.ToLower(strings.Trim(textOf(s[id].elements[element]), "\x00"))
	}
	for _, id := range slices.Sorted(maps.Keys(s)) {
		if s[id].kind != "10200003" || s[id].elements["26000022"] != "" {
			continue
		}
		names[id] = Loader
		if resume := text(id, "23000003"); resume != "" {
			names[resume] = Resume
		}
		if re := text(id, "14000008"); re != "" {
			names[re] = Recovery
			if b := rawOf(s[re].elements["11000001"]); len(b) > 16 {
				names[guidOf(b[:16])] = RecoveryOptions
			}
		}
		return names, nil
	}
	return nil, errors.New("no loader of a Windows")
}

// renamed replaces GUIDs in the data of an element, in texts and in bytes.
func renamed(data string, names map[string]string) string {
	if strings.HasPrefix(data, "str(") { // exported as it is, and read with escapes
		data = strings.ReplaceAll(strings.ReplaceAll(data, `\\`, `\`), `\`, `\\`)
	}
	for from, to := range names {
		data = strings.ReplaceAll(data, from, to)
		for _, spell := range []string{from, strings.ToUpper(from)} {
			data = strings.ReplaceAll(data, hexList(wide(spell)[:2*len(spell)]), hexList(wide(to)[:2*len(to)]))
		}
		a, errA := diskGUID(strings.Trim(from, "{}"))
		b, errB := diskGUID(strings.Trim(to, "{}"))
		if errA == nil && errB == nil {
			data = strings.ReplaceAll(data, hexList(a), hexList(b))
		}
	}
	return data
}

// deviceBody is what a device says of a partition: its GUID or start, and the disk.
func (g *Guest) deviceBody(number int) string {
	return hexList(rawOf(g.Device(number))[0x20:0x48])
}

// leadTo gives every partition of a disk in the data of a device another identity. A
// partition: kind 6, flags 0, size 48h, 0, then the identity (source: the real stores).
func leadTo(data, body string) string {
	const head = "06,00,00,00,00,00,00,00,48,00,00,00,00,00,00,00,"
	out := ""
	for {
		before, after, ok := strings.Cut(data, head)
		if !ok {
			return out + data
		}
		out += before + head + body
		data = after[len(body):]
	}
}

// ramdiskPath is the path of the file that a ramdisk is loaded from, "" for other
// devices. It ends the data: UTF-16 behind the partition.
func ramdiskPath(data string) string {
	b := rawOf(data)
	if len(b) < 0x90 || b[0x10] != 0 || b[0x20] != 3 {
		return ""
	}
	var path []byte
	for i := len(b) - 4; i > 0x44 && b[i+1] == 0 && b[i] >= ' '; i -= 2 {
		path = append([]byte{b[i]}, path...)
	}
	return string(path)
}

func rawOf(data string) []byte {
	_, list, _ := strings.Cut(data, ":")
	b, _ := hex.DecodeString(strings.ReplaceAll(list, ",", ""))
	return b
}

// guidOf is the inverse of diskGUID, in braces.
func guidOf(d []byte) string {
	return fmt.Sprintf("{%02x%02x%02x%02x-%02x%02x-%02x%02x-%x-%x}", d[3], d[2], d[1], d[0], d[5], d[4], d[7], d[6], d[8:10], d[10:])
}
