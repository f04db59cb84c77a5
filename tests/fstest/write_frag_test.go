package fstest

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/tests/tool"
)

// TestNTFSWriteFragmented writes files into a volume whose free space is in
// pieces of one cluster, so that they need attribute lists, resident and not.
func TestNTFSWriteFragmented(t *testing.T) {
	for _, g := range some([]geometry{{16 << 20, 512, 512}, {32 << 20, 1024, 512}, {64 << 20, 4096, 4096}}, 0) {
		t.Run(g.String(), func(t *testing.T) {
			w := newWritten(t, g, 7)
			w.mkdir(t, "d")
			w.split = "d/"
			w.put(t, "keep", 3*g.cluster)
			w.put(t, "grows", 1)
			fill := writeUntilFull(t, w, "d", g.cluster)
			t.Logf("%d files fill the volume", len(fill))
			for i, name := range fill {
				if i%2 == 0 {
					w.remove(t, name)
				}
			}
			w.sound(t, "every other removed")
			free, err := w.v.Free()
			if err != nil {
				t.Fatal(err)
			}
			w.put(t, "list", int(free*3/4))
			w.sound(t, "with an attribute list")
			info := tool.Must(t, "ntfsinfo", "-f", "-F", "/list", w.image)
			if !bytes.Contains(info, []byte("$ATTRIBUTE_LIST (0x20)")) {
				t.Errorf("no attribute list:\n%s", info)
			}
			for n := 1; n < int(free/16); n = n*2 + g.cluster {
				if err := w.v.Resize("grows", int64(n)); err != nil {
					t.Fatalf("Resize %d: %v", n, err)
				}
				b := w.c.files["grows"]
				w.c.files["grows"] = append(b, make([]byte, n-len(b))...)
				w.sound(t, "grown")
			}
			w.check(t)
			for _, n := range []int64{int64(len(w.c.files["list"]) / 2), 100_000, 900, 0} {
				if err := w.v.Resize("list", n); err != nil {
					t.Fatalf("Resize %d: %v", n, err)
				}
				w.c.files["list"] = w.c.files["list"][:n]
				w.sound(t, fmt.Sprint("shrunk to ", n))
			}
			w.remove(t, "grows")
			w.check(t)
		})
	}
}

// writeUntilFull creates small files, each of a cluster, until nothing fits.
func writeUntilFull(t *testing.T, w *written, dir string, cluster int) (names []string) {
	t.Helper()
	size := max(cluster, 900)
	for {
		name := fmt.Sprintf("%s/%d", dir, len(names))
		b := w.bytes(size)
		err := w.v.WriteFile(name, bytes.NewReader(b), int64(size))
		if errors.Is(err, fs.ErrNoSpace) {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		w.c.files[name] = b
		names = append(names, name)
	}
}

// TestNTFSWriteBigDirectory makes a directory of some thousand names and
// empties it again.
func TestNTFSWriteBigDirectory(t *testing.T) {
	w := newWritten(t, geometry{64 << 20, 4096, 512}, 9)
	w.mkdir(t, "big")
	w.split = "big/" // it is not split, but go-ntfs reads all of it for every name
	var names []string
	for i := range 2000 {
		name := fmt.Sprintf("big/a name that is long %x.file", w.rnd.Uint32())
		w.put(t, name, i%50)
		names = append(names, name)
	}
	w.check(t)
	w.rnd.Shuffle(len(names), func(i, k int) { names[i], names[k] = names[k], names[i] })
	for i, name := range names {
		w.remove(t, name)
		if i%500 == 499 {
			w.sound(t, fmt.Sprint(i))
			compareAll(t, openNTFS(t, w.dev), w.c)
		}
	}
	w.remove(t, "big")
	w.check(t)
}
