package fattest

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/initramfs/fs/fat/check"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

const seed = 20261121

// model is what a volume should hold: path with slashes → content, or nil for
// directories.
type model map[string][]byte

func (m model) write(tb testing.TB, v *fat.Volume, path string, b []byte) {
	tb.Helper()
	if err := v.WriteFile(path, bytes.NewReader(b), int64(len(b))); err != nil {
		tb.Fatal(err)
	}
	m[path] = b
}

func (m model) mkdir(tb testing.TB, v *fat.Volume, path string) {
	tb.Helper()
	if err := v.Mkdir(path); err != nil {
		tb.Fatal(err)
	}
	m[path] = nil
}

// judge compares the volume with the model as mtools see it, and asks fsck.
func (m model) judge(tb testing.TB, image string) {
	tb.Helper()
	if err := fsck(image); err != nil {
		tb.Fatal(err)
	}
	checkSound(tb, image)
	dir := tb.TempDir()
	if len(m) > 0 {
		dos.Must(tb, "mcopy", "-s", "-n", "-m", "-i", image, "::*", dir)
	}
	seen := tree(tb, dir)
	for _, path := range slices.Sorted(maps.Keys(m)) {
		theirs := strings.ReplaceAll(path, "😀", "__") // mtools knows no surrogates
		got, ok := seen[theirs]
		if !ok {
			tb.Errorf("%s: mtools does not see it", path)
		} else if !bytes.Equal(got, m[path]) || (got == nil) != (m[path] == nil) {
			tb.Errorf("%s: mtools reads %d other bytes", path, len(got))
		}
		delete(seen, theirs)
	}
	for path := range seen {
		tb.Errorf("%s: only mtools sees it", path)
	}
}

// checkSound lets our own check, which has a parser of its own, judge.
func checkSound(tb testing.TB, image string) {
	tb.Helper()
	r, err := check.Volume(volume.Open(tb, image))
	if err != nil {
		tb.Fatal(err)
	}
	for _, p := range r.Problems {
		tb.Errorf("check: %v", p)
	}
}

// content makes n bytes.
func content(rng *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// TestEverything does each change once, on every geometry.
func TestEverything(t *testing.T) {
	for _, g := range geometries {
		t.Run(g.name, func(t *testing.T) {
			t.Logf("seed %d", seed)
			rng := rand.New(rand.NewPCG(seed, 0))
			image := format(t, g)
			v := open(t, image)
			m := model{}
			m.mkdir(t, v, "WINDOWS")
			m.mkdir(t, v, "WINDOWS/system32")
			m.mkdir(t, v, "WINDOWS/system32/config")
			m.mkdir(t, v, "A directory with a long name")
			m.write(t, v, "BOOT.INI", content(rng, 211))
			m.write(t, v, "ntldr", content(rng, 250_048))
			m.write(t, v, "WINDOWS/system32/config/SYSTEM", content(rng, 300_001))
			m.write(t, v, "empty", []byte{})
			m.write(t, v, "A directory with a long name/Übergröße 日本 😀.txt", content(rng, 5000))
			m.write(t, v, "Mixed.Case", content(rng, 4))
			for i := range 40 {
				m.write(t, v, fmt.Sprintf("WINDOWS/a file number %d.sys", i), content(rng, i*37))
			}
			m.judge(t, image)

			m.write(t, v, "ntldr", content(rng, 100_000))
			m.write(t, v, "empty", content(rng, 10_000))
			m.write(t, v, "BOOT.INI", []byte{})
			for i := 0; i < 40; i += 2 {
				m.remove(t, v, fmt.Sprintf("WINDOWS/a file number %d.sys", i))
			}
			m.resize(t, v, "WINDOWS/system32/config/SYSTEM", 400_123)
			m.resize(t, v, "ntldr", 99)
			m.resize(t, v, "Mixed.Case", 0)
			m.resize(t, v, "BOOT.INI", 70_000)
			m.rename(t, v, "Mixed.Case", "mixed.case")
			m.rename(t, v, "WINDOWS/system32", "A directory with a long name/System Thirty-two")
			m.rename(t, v, "A directory with a long name/System Thirty-two/config/SYSTEM", "WINDOWS/SYSTEM")
			m.remove(t, v, "A directory with a long name/System Thirty-two/config")
			m.judge(t, image)
			attributes(t, v, image)
			const beyond = "A directory with a long name/Übergröße 日本 😀.txt"
			if v.Boot().BytesPerSector == 512 && g.size < 64<<20 {
				tool.Need(t, "fls") // knows surrogates, no other sectors, and reads all of the volume
				if out := dos.Must(t, "fls", "-r", "-p", "-u", image); !bytes.Contains(out, []byte(beyond+"\n")) {
					t.Errorf("fls does not list %s", beyond)
				}
			}
		})
	}
}

func (m model) remove(tb testing.TB, v *fat.Volume, path string) {
	tb.Helper()
	if err := v.Remove(path); err != nil {
		tb.Fatal(err)
	}
	delete(m, path)
}

func (m model) resize(tb testing.TB, v *fat.Volume, path string, size int) {
	tb.Helper()
	if err := v.Resize(path, int64(size)); err != nil {
		tb.Fatal(err)
	}
	b := make([]byte, size)
	copy(b, m[path])
	m[path] = b
}

func (m model) rename(tb testing.TB, v *fat.Volume, from, to string) {
	tb.Helper()
	if err := v.Rename(from, to); err != nil {
		tb.Fatal(err)
	}
	for path, b := range maps.Clone(m) {
		if rest, ok := strings.CutPrefix(path, from); ok && (rest == "" || rest[0] == '/') {
			delete(m, path)
			m[to+rest] = b
		}
	}
}

// attributes sets all combinations and lets mattrib read them.
func attributes(t *testing.T, v *fat.Volume, image string) {
	t.Helper()
	for bits := range 16 {
		var a fs.Attributes
		want := ""
		for i, letter := range []string{"A", "S", "H", "R"} {
			if bits>>i&1 != 0 {
				a |= []fs.Attributes{fs.AttrArchive, fs.AttrSystem, fs.AttrHidden, fs.AttrReadOnly}[i]
				want += letter
			}
		}
		if err := v.SetAttributes("ntldr", a); err != nil {
			t.Fatal(err)
		}
		out := string(dos.Must(t, "mattrib", "-i", image, "::ntldr"))
		got := strings.ReplaceAll(out[:strings.Index(out, "::")], " ", "")
		if got != want {
			t.Errorf("attributes %#x: mattrib says %q", a, out)
		}
	}
	if err := fsck(image); err != nil {
		t.Error(err)
	}
	out := string(dos.Must(t, "mdir", "-a", "-i", image, "::ntldr"))
	if !strings.Contains(out, "2009-07-13  22:46") {
		t.Errorf("mdir sees another time:\n%s", filepath.ToSlash(out))
	}
}
