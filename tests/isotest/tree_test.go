package isotest

import (
	"crypto/sha256"
	"fmt"
	"io"
	iofs "io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/iso9660"
	"github.com/diskfs/go-diskfs/backend/file"
	diskiso "github.com/diskfs/go-diskfs/filesystem/iso9660"
)

// tree says what each path is: "directory", or time, size and hash of a file.
type tree map[string]string

func describe(size int64, when int64, r io.Reader) (string, error) {
	h := sha256.New()
	n, err := io.Copy(h, r)
	if err == nil && n != size {
		err = fmt.Errorf("%d bytes, size is %d", n, size)
	}
	return fmt.Sprintf("%d bytes of %d, %x", size, when, h.Sum(nil)[:8]), err
}

func openDisc(tb testing.TB, image string) *iso9660.Volume {
	tb.Helper()
	dev, err := block.OpenReadOnly(image)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { dev.Close() })
	v, err := iso9660.Open(dev)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// ours is the tree as package iso9660 sees it. Extents must lead to the same
// bytes.
func ours(tb testing.TB, image string) tree {
	tb.Helper()
	v, raw := openDisc(tb, image), openRaw(tb, image)
	all := tree{}
	var walk func(dir string)
	walk = func(dir string) {
		list, err := v.ReadDir(dir)
		if err != nil {
			tb.Fatal(err)
		}
		for _, i := range list {
			path := fs.JoinPath(dir, i.Name)
			key := strings.TrimPrefix(strings.ReplaceAll(path, `\`, "/"), "/")
			if i.IsDir() {
				all[key] = "directory"
				walk(path)
				continue
			}
			f, err := v.Open(path)
			if err != nil {
				tb.Fatal(err)
			}
			if all[key], err = describe(i.Size, i.Modified.Unix(), io.NewSectionReader(f, 0, 1<<62)); err != nil {
				tb.Errorf("%s: %v", path, err)
			}
			extents, err := f.Extents()
			if err != nil {
				tb.Fatal(err)
			}
			var parts []io.Reader
			for _, e := range extents {
				parts = append(parts, io.NewSectionReader(raw, e.Vol.Off, e.Vol.Len))
			}
			if s, err := describe(i.Size, i.Modified.Unix(), io.MultiReader(parts...)); err != nil || s != all[key] {
				tb.Errorf("%s: the extents lead to other bytes: %v", path, err)
			}
		}
	}
	walk(`\`)
	return all
}

func openRaw(tb testing.TB, image string) *os.File {
	tb.Helper()
	f, err := os.Open(image)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
	return f
}

// theirs is the tree below a directory of the host.
func theirs(tb testing.TB, dir string) tree {
	tb.Helper()
	all := tree{}
	err := filepath.WalkDir(dir, func(path string, d iofs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		key, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			all[key] = "directory"
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		all[key], err = describe(info.Size(), info.ModTime().Unix(), f)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

// diff lists what is not the same.
func diff(a, b tree) []string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(a)) {
		if a[key] != b[key] {
			all = append(all, fmt.Sprintf("%s: %q, %q", key, a[key], b[key]))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(b)) {
		if _, ok := a[key]; !ok {
			all = append(all, fmt.Sprintf("%s: not there, %q", key, b[key]))
		}
	}
	return all
}

// TestTrees: every kind of disc, as bsdtar sees it.
func TestTrees(t *testing.T) {
	source := newTree(t)
	files := 0
	for _, tt := range variants {
		t.Run(tt.name, func(t *testing.T) {
			image := makeDisc(t, source, tt.args...)
			got := ours(t, image)
			if d := got["rr_moved"]; d != "" {
				delete(got, "rr_moved") // bsdtar hides it, 7z and Linux do not
			}
			want := theirs(t, extract(t, image, tt.options))
			if d := diff(got, want); len(d) > 0 {
				t.Errorf("%d differences, ours and theirs:\n%.3000s", len(d), strings.Join(d, "\n"))
			}
			v := openDisc(t, image)
			if string(v.Names()) != tt.names || v.Label() == "" {
				t.Errorf("names of %s, label %q; want %s", v.Names(), v.Label(), tt.names)
			}
			if len(got) < 215 {
				t.Errorf("only %d files and directories", len(got))
			}
			files += len(got)
		})
	}
	t.Logf("%d files and directories compared", files)
}

// TestNamesOfIsoinfo: another tool about the same names.
func TestNamesOfIsoinfo(t *testing.T) {
	source := newTree(t)
	for _, tt := range []struct{ option, variant string }{{"-J", "genisoimage both"}, {"-R", "genisoimage Rock Ridge"}, {"", "genisoimage level 2"}} {
		i := slices.IndexFunc(variants, func(v struct {
			name    string
			args    []string
			options string
			names   string
		}) bool {
			return v.name == tt.variant
		})
		image := makeDisc(t, source, variants[i].args...)
		args := []string{"-f", "-i", image}
		if tt.option != "" {
			args = append(args, tt.option)
		}
		var want []string
		for _, line := range strings.Split(strings.TrimSpace(run(t, "isoinfo", args...)), "\n") {
			want = append(want, strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(fromLatin1(line), "/"), ";1"), "."))
		}
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(ours(t, image))); !slices.Equal(got, want) {
			i := 0
			for i < min(len(got), len(want)) && got[i] == want[i] {
				i++
			}
			t.Errorf("%s: %d names, isoinfo has %d; from %q, %q on", tt.variant, len(got), len(want), got[i:min(i+1, len(got))], want[i:min(i+1, len(want))])
		}
	}
}

// fromLatin1 decodes what isoinfo prints of Joliet.
func fromLatin1(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

// TestSecondReader: go-diskfs finds the same bytes, where it can read the disc.
func TestSecondReader(t *testing.T) {
	source := newTree(t)
	for _, args := range [][]string{variants[2].args, variants[3].args} {
		image := makeDisc(t, source, args...)
		got := ours(t, image)
		backend, err := file.OpenFromPath(image, true)
		if err != nil {
			t.Fatal(err)
		}
		defer backend.Close()
		other, err := diskiso.Read(backend, 0, 0, 2048)
		if err != nil {
			t.Fatal(err)
		}
		n, refused := 0, 0
		for key, what := range got {
			if what == "directory" {
				continue
			}
			b, err := other.ReadFile(key)
			if err != nil && strings.Contains(err.Error(), "could not find Joliet directory") {
				refused++ // it loses its way in deep trees of Joliet
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", key, err)
				continue
			}
			if s, err := describe(int64(len(b)), clock.Unix(), strings.NewReader(string(b))); err != nil || s != what {
				t.Errorf("%s: %q, ours %q", key, s, what)
			}
			n++
		}
		t.Logf("%d files, %d not found by go-diskfs", n, refused)
		if n < 200 || refused > 1 {
			t.Error("too few")
		}
	}
}

// TestComparisonSeesFaults: a byte, a name and a time that differ are seen.
func TestComparisonSeesFaults(t *testing.T) {
	image := makeDisc(t, newTree(t), variants[3].args...)
	want := theirs(t, extract(t, image, variants[3].options))
	b, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	f, err := openDisc(t, image).Open(`\large.bin`)
	if err != nil {
		t.Fatal(err)
	}
	extents, err := f.Extents()
	if err != nil || len(extents) != 1 {
		t.Fatal(extents, err)
	}
	name := strings.Index(string(b), "sector.bin")
	record := strings.Index(string(b), "ONE.;1") - 33
	for what, at := range map[string]int64{"content": extents[0].Vol.End() - 1, "name": int64(name), "time": int64(record + 20)} {
		b[at]++
		bad := filepath.Join(t.TempDir(), "bad.iso")
		if err := os.WriteFile(bad, b, 0o600); err != nil {
			t.Fatal(err)
		}
		b[at]--
		if d := diff(ours(t, bad), want); len(d) == 0 {
			t.Errorf("%s: the fault was not seen", what)
		}
	}
}
