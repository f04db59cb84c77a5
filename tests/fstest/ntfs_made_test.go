package fstest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs/secondopinion"
	"github.com/bootmend/bootmend/initramfs/fs/probe"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// geometries with every cluster and sector size that is in use. Clusters of
// 2 MiB need a volume of some size.
var geometries = []geometry{
	{96 << 20, 512, 512},
	{96 << 20, 1024, 512},
	{128 << 20, 4096, 512},
	{128 << 20, 4096, 4096},
	{256 << 20, 65536, 512},
	{256 << 20, 65536, 4096},
	{512 << 20, 2 << 20, 512},
	{512 << 20, 2 << 20, 4096},
}

// TestNTFSFilledByNTFS3G compares everything on volumes of all geometries with
// what ntfs-3g was given.
func TestNTFSFilledByNTFS3G(t *testing.T) {
	for _, g := range geometries {
		t.Run(g.String(), func(t *testing.T) {
			image := mkntfs(t, g)
			c := newContent(t)
			pieces := max(4, min(1000, 8<<20/g.cluster))
			if g.cluster == 512 {
				pieces = 5000 // so many that the attribute list is not resident
			}
			small := g.cluster <= 4096
			volume.Fill(t, image, func(dir string) {
				c.fill(t, dir, g.cluster, pieces, 5000)
				if small {
					c.fragmented(t, dir, g.cluster, 1000)
				}
				setDOSName(t, filepath.Join(dir, "names", "Übergröße.TXT"), "UEBERG~1.TXT")
				if err := os.WriteFile(filepath.Join(dir, "resident:a stream"), []byte("in the stream"), 0o666); err != nil {
					t.Fatal(err)
				}
			})
			dev := volume.OpenFile(t, image, os.O_RDONLY, g.sector)
			v := openNTFS(t, dev)
			compareAll(t, v, c)
			checkOddities(t, v)
			extents(t, v, `\backwards`, pieces)
			if small {
				extents(t, v, `\fragmented`, 3)
				info := tool.Must(t, "ntfsinfo", "-f", "-F", "/backwards", image)
				if !bytes.Contains(info, []byte("$ATTRIBUTE_LIST (0x20)")) {
					t.Errorf("the test wants an attribute list in \\backwards:\n%s", info)
				}
				nonResident := regexp.MustCompile(`ATTRIBUTE_LIST[^$]*Resident:\s*No`).Match(info)
				if g.cluster == 512 && !nonResident {
					t.Errorf("the test wants a non-resident attribute list in \\backwards:\n%s", info)
				}
			}
			t.Run("go-ntfs", func(t *testing.T) { compareSecond(t, dev, c) })
		})
	}
}

func openNTFS(tb testing.TB, dev *volume.Device) *ntfs.Volume {
	tb.Helper()
	v, err := probe.Open(dev)
	if err != nil {
		tb.Fatal(err)
	}
	n, ok := v.(*ntfs.Volume)
	if !ok {
		tb.Fatalf("probe opened a %T", v)
	}
	return n
}

// compareAll compares the tree and all bytes.
func compareAll(t *testing.T, v fs.FS, c *content) {
	t.Helper()
	wantSizes := map[string]int64{}
	for d := range c.dirs {
		wantSizes[d] = -1
	}
	for f, b := range c.files {
		wantSizes[f] = int64(len(b))
	}
	got := map[string]int64{}
	tree(t, v, "", got)
	if d := cmp.Diff(wantSizes, got); d != "" {
		t.Fatalf("tree (-put in +read):\n%s", d)
	}
	var total int64
	for name, want := range c.files {
		total += int64(len(want))
		if err := compareFile(v, name, want); err != nil {
			t.Error(err)
		}
		if info, err := v.Stat(strings.ToUpper(asciiOnly(name))); isASCII(name) && (err != nil || info.Size != int64(len(want))) {
			t.Errorf("Stat in upper case: %+v, %v", info, err)
		}
	}
	t.Logf("%d files with %d bytes in %d directories are the same", len(c.files), total, len(c.dirs))
}

func isASCII(s string) bool { return asciiOnly(s) == s }

func asciiOnly(s string) string {
	return strings.Map(func(r rune) rune {
		if r > 0x7f {
			return -1
		}
		return r
	}, s)
}

// tree collects all paths with their sizes, -1 for directories.
func tree(t *testing.T, v fs.FS, dir string, all map[string]int64) {
	t.Helper()
	list, err := v.ReadDir(dir)
	if err != nil {
		t.Fatalf("ReadDir %q: %v", dir, err)
	}
	for _, i := range list {
		path := i.Name
		if dir != "" {
			path = dir + "/" + i.Name
		}
		if _, ok := all[path]; ok {
			t.Errorf("%s is listed twice", path)
		}
		if all[path] = i.Size; i.IsDir() {
			all[path] = -1
			tree(t, v, path, all)
		}
	}
}

// compareFile reads a file whole, and in odd pieces around its middle and end.
func compareFile(v fs.FS, name string, want []byte) error {
	f, err := v.Open(name)
	if err != nil {
		return err
	}
	if f.Info().Size != int64(len(want)) {
		return fmt.Errorf("%s: size %d, want %d", name, f.Info().Size, len(want))
	}
	got, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<40))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%s: content differs", name)
	}
	for _, at := range []int{len(want) / 2, max(0, len(want)-777)} {
		n := min(len(want)-at, 5003)
		p := make([]byte, n)
		if k, err := f.ReadAt(p, int64(at)); k != n || err != nil && err != io.EOF || !bytes.Equal(p, want[at:at+n]) {
			return fmt.Errorf("%s: %d bytes at %d: got %d, %v", name, n, at, k, err)
		}
	}
	if k, err := f.ReadAt(make([]byte, 1), int64(len(want))); k != 0 || err != io.EOF {
		return fmt.Errorf("%s: read behind the end: %d, %v", name, k, err)
	}
	return nil
}

// checkOddities looks at DOS aliases, streams, metadata files and errors.
func checkOddities(t *testing.T, v *ntfs.Volume) {
	t.Helper()
	info, err := v.Stat(`\names\ueberg~1.txt`)
	if err != nil || info.Name != "Übergröße.TXT" {
		t.Errorf("by DOS name: %+v, %v", info, err)
	}
	if _, err := v.Stat(`\NAMES\ÜBERGRÖßE.txt`); err != nil {
		t.Errorf("by name in other case: %v", err)
	}
	s, err := v.OpenStream(`\resident`, "A Stream")
	if err != nil {
		t.Errorf("named stream: %v", err)
	} else if b, err := io.ReadAll(io.NewSectionReader(s, 0, 1<<20)); string(b) != "in the stream" || err != nil {
		t.Errorf("named stream: %q, %v", b, err)
	}
	for _, m := range []string{`\$MFT`, `\$LogFile`, `\$Bitmap`, `\$upcase`} {
		if f, err := v.Open(m); err != nil || f.Info().Size == 0 {
			t.Errorf("%s: %v", m, err)
		}
	}
	for path, want := range map[string]error{
		`\nothing`: fs.ErrNotExist, `\Windows\nothing`: fs.ErrNotExist, `\many\File 5000 of`: fs.ErrNotExist,
		`\empty\x`: fs.ErrNotDir, `\Windows`: fs.ErrIsDir, `\.`: fs.ErrNotExist, `\..\Windows`: fs.ErrNotExist,
	} {
		if _, err := v.Open(path); !errors.Is(err, want) {
			t.Errorf("Open %s: %v, want %v", path, err, want)
		}
	}
	st, err := v.State()
	if err != nil || st.Label != "Prüfung" || st.Major != 3 || st.Minor != 1 || !st.Log.Clean || st.Hibernation.Exists {
		t.Errorf("state %+v, %v", st, err)
	}
	if b := st.Blockers(); len(b) != 0 {
		t.Errorf("blockers on a clean volume: %q", b)
	}
}

// extents makes sure that the file is as fragmented as the test wants, and
// that its extents are its bytes.
func extents(t *testing.T, v fs.FS, name string, atLeast int) {
	t.Helper()
	f, err := v.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	list, err := f.Extents()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d extents", name, len(list))
	if len(list) < atLeast {
		t.Errorf("%s: only %d extents, the test wants %d", name, len(list), atLeast)
	}
}

// compareSecond reads the same files through go-ntfs. It may give up, which is
// only known of the worst file; it must not say that it read something else.
// A directory with many entries costs it time, so of "many" a sample is read.
func compareSecond(t *testing.T, dev *volume.Device, c *content) {
	t.Helper()
	read, n := 0, 0
	for name, want := range c.files {
		if n++; strings.HasPrefix(name, "many/") && n%500 != 0 {
			continue
		}
		got, err := secondopinion.ReadFile(dev, name, 1<<30)
		switch {
		case err != nil && name == "backwards":
			t.Logf("no second opinion: %v", err)
		case err != nil:
			t.Error(err)
		case !bytes.Equal(got, want):
			t.Errorf("go-ntfs: %s: %d bytes that differ from the %d written", name, len(got), len(want))
		default:
			read++
		}
	}
	t.Logf("go-ntfs: %d files are the same", read)
}
