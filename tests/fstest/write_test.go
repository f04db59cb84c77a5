package fstest

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs/check"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs/secondopinion"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// some picks geometries for a short run; a campaign takes all.
func some(all []geometry, pick ...int) (list []geometry) {
	if os.Getenv("BOOTMEND_CAMPAIGN") == "1" {
		return all
	}
	for _, i := range pick {
		list = append(list, all[i])
	}
	return list
}

// written is a volume that our writer fills, and what it must hold.
type written struct {
	image string
	dev   *volume.Device
	v     *ntfs.Volume
	c     *content
	rnd   *rand.Rand
	// split is the prefix of what go-ntfs is not asked for: it reads only the
	// first part of an $INDEX_ALLOCATION, and gives up in the midst of some
	// sparse files in many parts.
	split string
	known []string // problems that the volume had before
}

// problems is what our own check finds.
func problems(t *testing.T, dev block.Device) (list []string) {
	t.Helper()
	report, err := check.Volume(dev)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range report.Problems {
		list = append(list, p.String())
	}
	return list
}

func newWritten(t *testing.T, g geometry, seed uint64) *written {
	t.Helper()
	tool.Need(t, "mkntfs", "ntfsresize", "ntfs-3g")
	t.Logf("seed %d", seed)
	w := &written{image: mkntfs(t, g), rnd: rand.New(rand.NewPCG(seed, 1))}
	w.c = &content{files: map[string][]byte{}, dirs: map[string]bool{}}
	w.dev = volume.OpenFile(t, w.image, os.O_RDWR, g.sector)
	w.v = openNTFS(t, w.dev)
	w.v.SetClock(func() time.Time { return time.Date(2020, 2, 3, 4, 5, 6, 700, time.UTC) })
	return w
}

func (w *written) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(w.rnd.Uint32())
	}
	return b
}

func (w *written) put(t *testing.T, path string, n int) {
	t.Helper()
	b := w.bytes(n)
	if err := w.v.WriteFile(path, bytes.NewReader(b), int64(n)); err != nil {
		t.Fatalf("WriteFile %s: %v", path, err)
	}
	w.c.files[path] = b
}

func (w *written) mkdir(t *testing.T, path string) {
	t.Helper()
	if err := w.v.Mkdir(path); err != nil {
		t.Fatalf("Mkdir %s: %v", path, err)
	}
	w.c.dirs[path] = true
}

func (w *written) remove(t *testing.T, path string) {
	t.Helper()
	if err := w.v.Remove(path); err != nil {
		t.Fatalf("Remove %s: %v", path, err)
	}
	delete(w.c.files, path)
	delete(w.c.dirs, path)
}

func (w *written) sound(t *testing.T, when string) {
	t.Helper()
	if out, err := tool.Run("ntfsresize", "-i", "-f", "-P", w.image); err != nil {
		t.Fatalf("%s: %v\n%s", when, err, out)
	}
}

// check compares the whole tree as seen by us, ntfs-3g and go-ntfs.
func (w *written) check(t *testing.T) {
	t.Helper()
	w.sound(t, "check")
	for _, p := range problems(t, w.dev) {
		if !slices.Contains(w.known, p) {
			t.Errorf("check: %s", p)
		}
	}
	compareAll(t, openNTFS(t, w.dev), w.c)
	volume.Fill(t, w.image, func(dir string) { w.compareMounted(t, dir) })
	for name, want := range w.c.files {
		if w.split != "" && strings.HasPrefix(name, w.split) {
			continue
		}
		if got, err := secondopinion.ReadFile(w.dev, name, 1<<30); err != nil || !bytes.Equal(got, want) {
			t.Errorf("go-ntfs %s: differs, %v", name, err)
		}
	}
}

func (w *written) compareMounted(t *testing.T, root string) {
	t.Helper()
	want, got := map[string]int64{}, map[string]int64{}
	for d := range w.c.dirs {
		want[d] = -1
	}
	for f, b := range w.c.files {
		want[f] = int64(len(b))
	}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		name := strings.TrimPrefix(path, root+"/")
		if d.IsDir() {
			got[name] = -1
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if got[name] = int64(len(b)); !bytes.Equal(b, w.c.files[name]) {
			t.Errorf("ntfs-3g %s: %d bytes differ", name, len(b))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("tree (-ours +ntfs-3g):\n%s", d)
	}
}

// TestNTFSWriteFiles creates and removes files of all sizes in a directory,
// which splits index blocks, and lets ntfs-3g and go-ntfs read them.
func TestNTFSWriteFiles(t *testing.T) {
	for _, g := range some(geometries, 0, 3, 5) {
		t.Run(g.String(), func(t *testing.T) {
			w := newWritten(t, g, 1)
			w.mkdir(t, "d")
			w.mkdir(t, "d/sub directory")
			var names []string
			for i := range 300 {
				name := fmt.Sprintf("d/sub directory/File with the number %d%s.data", w.rnd.IntN(1e6), strings.Repeat("x", i%150))
				if i%3 == 0 {
					name = fmt.Sprintf("d/%d.txt", i)
				}
				w.put(t, name, []int{0, 1, 300, 700, 1023, 1025, 5000, 70_000}[w.rnd.IntN(8)])
				names = append(names, name)
			}
			w.check(t)
			w.rnd.Shuffle(len(names), func(i, k int) { names[i], names[k] = names[k], names[i] })
			for i, name := range names[:200] {
				if i%4 == 0 {
					w.put(t, name, w.rnd.IntN(9000))
					continue
				}
				w.remove(t, name)
			}
			w.check(t)
			for name := range w.c.files {
				w.remove(t, name)
			}
			w.remove(t, "d/sub directory")
			w.remove(t, "d")
			w.check(t)
		})
	}
}
