package injecttest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// hiveOf is the SYSTEM hive of the guest, read by ntfscat.
func hiveOf(t testing.TB, g *guests.Guest, image string) string {
	t.Helper()
	return oracle.HiveFile(t, hiveBytes(t, g, image))
}

func hiveBytes(t testing.TB, g *guests.Guest, image string) []byte {
	t.Helper()
	n, e := g.SystemHive()
	b, err := oracle.NTFSFile(oracle.Volume(t, image, g.Partition(n)), e.Path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// edited carries the steps out on a copy of the hive and returns what hivexregedit
// reads in it, by key and name in lower case: strings as text, numbers and what
// else there is as bytes.
func edited(t testing.TB, w *inspect.Installation, hive []byte, steps []step.Step) (map[string]string, error) {
	t.Helper()
	f, err := hivefile.Open(hivefile.Source{Name: "SYSTEM", Hive: bytes.NewReader(hive), Size: int64(len(hive))})
	if err != nil {
		return nil, err
	}
	c, err := f.Edit(hivefile.EditOptions{}, func(e *regf.Editor) error {
		for _, s := range steps {
			var err error
			switch s := s.(type) {
			case step.MakeKey:
				if s.File == w.HivePath {
					err = e.CreateKey(s.Key)
				}
			case step.SetValue:
				if s.File == w.HivePath {
					err = e.SetValue(s.Key, s.Value, s.New.Type, s.New.Bytes)
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.NewSectionReader(c.Content(), 0, c.Size))
	if err != nil {
		return nil, err
	}
	lines, err := oracle.RegExport(oracle.HiveFile(t, out))
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, l := range lines {
		if key, name, value, ok := parseLine(l); ok {
			all[strings.ToLower(key+"|"+name)] = value
		}
	}
	return all, nil
}

// parseLine reads a line of the export: \key\"name"=dword:n or =hex(n):bytes.
func parseLine(l string) (key, name, value string, ok bool) {
	at := strings.Index(l, `\"`)
	if at < 0 {
		if at = strings.Index(l, `\@=`); at < 0 {
			return "", "", "", false
		}
	}
	key, rest := strings.TrimPrefix(l[:at], `\`), l[at+1:]
	name, rest, _ = strings.Cut(rest, "=")
	name = strings.ReplaceAll(strings.Trim(strings.TrimPrefix(name, "@"), `"`), `\\`, `\`)
	kind, digits, _ := strings.Cut(rest, ":")
	var b []byte
	if kind == "dword" {
		var n uint32
		fmt.Sscanf(digits, "%x", &n)
		return key, name, string(binary.LittleEndian.AppendUint32(nil, n)), true
	}
	for _, d := range strings.Split(digits, ",") {
		var n byte
		if _, err := fmt.Sscanf(d, "%x", &n); err == nil {
			b = append(b, n)
		}
	}
	if kind == "hex(1)" || kind == "hex(2)" || kind == "hex(7)" {
		return key, name, strings.TrimRight(registry.Text(b), "\x00"), true
	}
	return key, name, string(b), true
}

// export is the hive as hivexregedit writes it.
func export(t testing.TB, g *guests.Guest, image string) []string {
	t.Helper()
	lines, err := oracle.RegExport(hiveOf(t, g, image))
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// sound: ntfsresize finds the volume in order, reglookup reads the hive.
func sound(t testing.TB, g *guests.Guest, image string) {
	t.Helper()
	n, _ := g.SystemHive()
	if err := oracle.NTFSStructure(oracle.Volume(t, image, g.Partition(n))); err != nil {
		t.Error(err)
	}
	if _, err := oracle.RegDump(hiveOf(t, g, image)); err != nil {
		t.Error(err)
	}
}

// meant are the lines that the export should have for the steps on the SYSTEM
// hive.
func meant(w *inspect.Installation, steps []step.Step) []string {
	var lines []string
	for _, s := range steps {
		switch s := s.(type) {
		case step.MakeKey:
			if s.File == w.HivePath {
				lines = append(lines, `\`+s.Key+`\`)
			}
		case step.SetValue:
			if s.File == w.HivePath {
				lines = append(lines, `\`+s.Key+`\`+regLine(s.Value, s.New))
			}
		}
	}
	return lines
}

// regLine is a value as hivexregedit exports it.
func regLine(name string, d *step.Data) string {
	label := `"` + strings.ReplaceAll(name, `\`, `\\`) + `"`
	if name == "" {
		label = "@"
	}
	if d.Type == regf.RegDWORD {
		return fmt.Sprintf("%s=dword:%02x%02x%02x%02x", label, d.Bytes[3], d.Bytes[2], d.Bytes[1], d.Bytes[0])
	}
	var hex []string
	for _, b := range d.Bytes {
		hex = append(hex, fmt.Sprintf("%02x", b))
	}
	return fmt.Sprintf("%s=hex(%x):%s", label, uint32(d.Type), strings.Join(hex, ","))
}

// keysOf are the lines of the keys above the values.
func keysOf(lines []string) []string {
	var keys []string
	for _, l := range lines {
		key := strings.SplitN(l, `\"`, 2)[0]
		keys = append(keys, key+`\`)
	}
	return keys
}

// without are the lines of a that b has not, without regard to case.
func without(a, b []string) []string {
	have := map[string]bool{}
	for _, l := range b {
		have[strings.ToLower(l)] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(l string) bool { return have[strings.ToLower(l)] })
}
