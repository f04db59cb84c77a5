package regtexttest

import (
	"bytes"
	"fmt"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/initramfs/win/regtext"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/tool"
)

// makeEmpty writes a hive with nothing but a root.
func makeEmpty(tb testing.TB, path string) {
	tb.Helper()
	if err := os.WriteFile(path, regftest.Build(regftest.Key{Name: "root"}, regftest.Options{}), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// ourImport applies the text to the hive file and writes the result in its place.
func ourImport(tb testing.TB, path, text string, maps ...regtext.Mapping) regtext.Applied {
	tb.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	f, err := hivefile.Open(hivefile.Source{Name: path, Hive: bytes.NewReader(b), Size: int64(len(b))})
	if err != nil {
		tb.Fatal(err)
	}
	c, done, err := f.Import(strings.NewReader(text), regtext.ReadOptions{}, hivefile.EditOptions{Maps: maps}, regtext.ApplyOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	out, err := io.ReadAll(io.NewSectionReader(c.Content(), 0, c.Size))
	if err != nil {
		tb.Fatal(err)
	}
	// The patches say the same as the content.
	patched := append(bytes.Clone(b), make([]byte, c.Size-int64(len(b)))...)
	err = c.EachPatch(func(p regf.Patch) error {
		if p.Old != nil && !bytes.Equal(patched[p.Off:p.Off+int64(len(p.Old))], p.Old) {
			return fmt.Errorf("patch at %#x: its old bytes are not what is there", p.Off)
		}
		copy(patched[p.Off:], p.New)
		return nil
	})
	if err != nil || !bytes.Equal(patched, out) {
		tb.Fatalf("patches and content differ: %v", err)
	}
	if err := os.WriteFile(path, out, 0o600); err != nil {
		tb.Fatal(err)
	}
	return done.Applied
}

// TestImportIntoEmpty: a whole real hive, exported by us, goes back into an
// empty one by us, and hivexregedit and reglookup find the original in it.
func TestImportIntoEmpty(t *testing.T) {
	tool.Need(t, "hivexregedit", "reglookup")
	for _, name := range hives([]string{generated, "hives/qthivex-rigorous.xz", "hives/amcache-win10.hve.xz"}, "hives/xp-sp3-x86-vmware.SYSTEM.xz", "hives/win7-sp1-x86-vmware.SYSTEM.xz") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			path := hiveFile(t, name)
			text := ourExport(t, openHive(t, path), regtext.UTF16LE, `HKEY_LOCAL_MACHINE\P`)
			empty := filepath.Join(t.TempDir(), "empty")
			makeEmpty(t, empty)
			done := ourImport(t, empty, string(text), regtext.Mapping{From: `HKEY_LOCAL_MACHINE\P`})
			same(t, name, foreignExport(t, empty), foreignExport(t, path))
			if _, err := oracle.RegDump(empty); err != nil {
				t.Error(err)
			}
			t.Logf("%+v", done)
		})
	}
}

// orders makes random .reg text over the keys that a hive has: the part of the
// language that hivexregedit has, too.
type orders struct {
	*rand.Rand
	keys  []string
	sizes []int // of data
	b     strings.Builder
}

func (o *orders) section() {
	key := o.keys[o.Intn(len(o.keys))]
	switch o.Intn(10) {
	case 0:
		if strings.Count(key, `\`) > 2 {
			fmt.Fprintf(&o.b, "[-P%s]\n\n", key)
			kept := o.keys[:0:0]
			for _, k := range o.keys {
				if k != key && !strings.HasPrefix(strings.ToUpper(k), strings.ToUpper(key)+`\`) {
					kept = append(kept, k)
				}
			}
			o.keys = kept
			return
		}
	case 1, 2, 3:
		for range 1 + o.Intn(3) {
			key += fmt.Sprintf(`\New %c%d`, "AZaz_^{~"[o.Intn(8)], o.Intn(1000))
			fmt.Fprintf(&o.b, "[P%s]\n\n", key)
			o.keys = append(o.keys, key)
		}
	}
	fmt.Fprintf(&o.b, "[P%s]\n", key)
	for i := range o.Intn(6) {
		o.value(i)
	}
	o.b.WriteString("\n")
}

// value writes one value. hivexregedit takes each name once in a section.
func (o *orders) value(i int) {
	name := fmt.Sprintf(`"v%d_%d"`, i, o.Intn(3))
	if i == 0 && o.Intn(3) == 0 {
		name = "@"
	}
	switch o.Intn(6) {
	case 0:
		fmt.Fprintf(&o.b, "%s=-\n", name)
	case 1:
		fmt.Fprintf(&o.b, "%s=dword:%08x\n", name, o.Uint32())
	case 2:
		fmt.Fprintf(&o.b, "%s=\"C:\\\\x \\\"%d\\\" äöü\"\n", name, o.Int())
	default:
		data := make([]byte, o.sizes[o.Intn(len(o.sizes))])
		o.Read(data)
		typ := []int{0, 1, 2, 3, 7, 8, 11, 0x12}[o.Intn(8)]
		hex := commas(data)
		if n := strings.LastIndexByte(hex[:len(hex)/2], ','); n > 0 {
			hex = hex[:n+1] + "\\\n  " + hex[n+1:]
		}
		fmt.Fprintf(&o.b, "%s=hex(%x):%s\n", name, typ, hex)
	}
}

// TestRandomImports: the same file, applied by both, leaves the same keys and
// values, several times in a row. Old values that neither names stay.
func TestRandomImports(t *testing.T) {
	tool.Need(t, "hivexregedit", "reglookup")
	const seed = 20261126
	t.Logf("seed %d", seed)
	rounds, sections := 2, 80
	if campaign {
		rounds, sections = 10, 300
	}
	for i, name := range hives([]string{generated, "hives/xp-sp3-x86-vmware.SYSTEM.xz", "hives/qthivex-rigorous.xz"}, "hives/win7-sp1-x86-vmware.SYSTEM.xz") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			theirs, ours := hiveFile(t, name), hiveFile(t, name)
			o := orders{Rand: rand.New(rand.NewSource(seed + int64(i)))}
			h := openHive(t, ours)
			if o.sizes = []int{0, 1, 4, 5, 40, 400, 16344, 20000}; h.Header().Minor <= 3 {
				o.sizes = o.sizes[:7] // there is no longer data in this version
			}
			err := h.Walk(func(path string, _ *regf.Key, err error) error {
				if path != "" && !strings.ContainsAny(path, "[]") {
					o.keys = append(o.keys, `\`+path)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			for round := range rounds {
				o.b.Reset()
				o.b.WriteString("Windows Registry Editor Version 5.00\n\n")
				for range sections {
					o.section()
				}
				text := o.b.String()
				if _, err := hivexregedit(text, "--merge", "--prefix", "P", theirs); err != nil {
					t.Fatalf("round %d: %v", round, err)
				}
				done := ourImport(t, ours, "\ufeff"+text, regtext.Mapping{From: "P"})
				same(t, fmt.Sprintf("round %d", round), foreignExport(t, ours), foreignExport(t, theirs))
				if _, err := oracle.RegDump(ours); err != nil {
					t.Errorf("round %d: %v", round, err)
				}
				t.Logf("round %d: %+v", round, done)
				if t.Failed() {
					t.Fatalf("after\n%.3000s", text)
				}
			}
		})
	}
}
