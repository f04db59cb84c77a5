package injecttest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// hiveOf is the SYSTEM hive of the guest, read by ntfscat.
func hiveOf(t testing.TB, g *guests.Guest, image string) string {
	t.Helper()
	n, e := g.SystemHive()
	b, err := oracle.NTFSFile(oracle.Volume(t, image, g.Partition(n)), e.Path)
	if err != nil {
		t.Fatal(err)
	}
	return oracle.HiveFile(t, b)
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
