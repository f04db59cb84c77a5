package fstest

import (
	"errors"
	"sort"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/tests/volume"
)

// TestNTFSWriteForeign changes files that ntfs-3g made, among them some with
// attribute lists, resident and not, and with holes.
func TestNTFSWriteForeign(t *testing.T) {
	for _, g := range some([]geometry{{96 << 20, 512, 512}, {128 << 20, 4096, 512}, {128 << 20, 4096, 4096}, {256 << 20, 65536, 4096}}, 1) {
		t.Run(g.String(), func(t *testing.T) {
			w := newWritten(t, g, 21)
			w.c = newContent(t)
			pieces := max(4, min(1000, 8<<20/g.cluster))
			if g.cluster == 512 {
				pieces = 5000
			}
			volume.Fill(t, w.image, func(dir string) {
				w.c.fill(t, dir, g.cluster, pieces, 300)
				if g.cluster <= 4096 {
					w.c.fragmented(t, dir, g.cluster, 1000)
				}
			})
			w.v, w.split = openNTFS(t, w.dev), "backwards"
			for _, name := range []string{"backwards", "sparse", "fragmented", "resident", "empty"} {
				w.stretch(t, name, g.cluster)
			}
			w.check(t)
			w.changeAll(t)
			w.check(t)
		})
	}
}

// stretch makes a file a little longer, a lot longer and a little shorter.
func (w *written) stretch(t *testing.T, name string, cluster int) {
	t.Helper()
	b, ok := w.c.files[name]
	if !ok {
		return
	}
	for _, d := range []int{1, cluster, 100_000, -1, -cluster, 3 * cluster, -90_000} {
		n := max(0, len(b)+d)
		if err := w.v.Resize(name, int64(n)); err != nil {
			t.Fatalf("Resize %s by %d: %v", name, d, err)
		}
		if n > len(b) {
			b = append(b, make([]byte, n-len(b))...)
		}
		b = b[:n]
		w.c.files[name] = b
		w.sound(t, name)
	}
}

// changeAll renames, replaces, shrinks or removes every file in turn.
func (w *written) changeAll(t *testing.T) {
	t.Helper()
	var names []string
	for n := range w.c.files {
		names = append(names, n)
	}
	sort.Strings(names)
	for i, n := range names {
		b := w.c.files[n]
		switch i % 4 {
		case 0:
			to := n + "~renamed"
			err := w.v.Rename(n, to)
			if errors.Is(err, fs.ErrNameTooLong) {
				continue
			}
			if err != nil {
				t.Fatalf("Rename %s: %v", n, err)
			}
			delete(w.c.files, n)
			w.c.files[to] = b
		case 1:
			w.put(t, n, len(b)/2)
		case 2:
			if err := w.v.Resize(n, int64(len(b)/3)); err != nil {
				t.Fatalf("Resize %s: %v", n, err)
			}
			w.c.files[n] = b[:len(b)/3]
		default:
			w.remove(t, n)
		}
	}
}
