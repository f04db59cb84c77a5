package fstest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// seed makes all content; it is printed by the tests that use it.
const seed = 20261121

// content is what was put into a volume: path with slashes → bytes.
type content struct {
	files map[string][]byte
	dirs  map[string]bool
	rng   *rand.Rand
}

func newContent(tb testing.TB) *content {
	tb.Helper()
	tb.Logf("seed %d", seed)
	return &content{files: map[string][]byte{}, dirs: map[string]bool{}, rng: rand.New(rand.NewPCG(seed, 0))}
}

func (c *content) bytes(n int) []byte {
	b := make([]byte, n+8)
	for i := 0; i < n; i += 8 {
		binary.LittleEndian.PutUint64(b[i:], c.rng.Uint64())
	}
	return b[:n]
}

func (c *content) mkdir(tb testing.TB, root, name string) {
	tb.Helper()
	if err := os.Mkdir(filepath.Join(root, name), 0o777); err != nil {
		tb.Fatal(err)
	}
	c.dirs[name] = true
}

func (c *content) write(tb testing.TB, root, name string, b []byte) {
	tb.Helper()
	if err := os.WriteFile(filepath.Join(root, name), b, 0o666); err != nil {
		tb.Fatal(err)
	}
	c.files[name] = b
}

// names that are hard: letters outside ASCII, beyond the BMP, of length 255,
// with case that folds differently elsewhere.
func hardNames() []string {
	long := make([]rune, 255)
	for i := range long {
		long[i] = rune('a' + i%26)
	}
	return []string{"Übergröße.TXT", "日本語のファイル.dat", "😀 smile.txt", "İstanbul", "ſharp ß", "ΣΊΣΥΦΟΣ", "ﬁ ligature", "Ǆ ǅ ǆ",
		"a", "lower.case", "UPPER.CASE", "with space .x", "dots...in.name", string(long), "ÿ", "K (Kelvin)"}
}

// fill puts everything into the mounted volume that a reader has to cope
// with. pieces is the number of fragments of the worst file, many that of the
// files in the largest directory.
func (c *content) fill(tb testing.TB, root string, cluster, pieces, many int) {
	tb.Helper()
	c.mkdir(tb, root, "Windows")
	c.mkdir(tb, root, "Windows/System32")
	c.mkdir(tb, root, "Windows/System32/config")
	c.write(tb, root, "Windows/System32/config/SYSTEM", c.bytes(300_000))
	c.write(tb, root, "empty", nil)
	c.write(tb, root, "resident", c.bytes(100))
	c.write(tb, root, "one-cluster", c.bytes(max(cluster, 2048)))
	c.mkdir(tb, root, "names")
	for _, n := range hardNames() {
		c.write(tb, root, "names/"+n, c.bytes(1+c.rng.IntN(3000)))
	}
	c.mkdir(tb, root, "names/Ordner ÄÖÜ")
	c.write(tb, root, "names/Ordner ÄÖÜ/x", c.bytes(5))
	c.mkdir(tb, root, "many")
	for i := range many {
		c.write(tb, root, fmt.Sprintf("many/File %d of the big directory %x", i, i*7919), c.bytes(i%40))
	}
	c.sparse(tb, root, cluster)
	c.backwards(tb, root, "backwards", cluster, pieces)
}

// fragmented writes a file into a volume whose free space is single clusters:
// small files are laid side by side, the rest of the volume is filled up, and
// every other small file is deleted. The directory of the small files
// stays, empty, with the index blocks that it had.
func (c *content) fragmented(tb testing.TB, root string, cluster, pieces int) {
	tb.Helper()
	c.mkdir(tb, root, "fill")
	small := max(cluster, 2048) // else resident
	name := func(i int) string { return filepath.Join(root, "fill", fmt.Sprintf("filler %d", i)) }
	for i := range 2 * pieces {
		if err := os.WriteFile(name(i), make([]byte, small), 0o666); err != nil {
			tb.Fatal(err)
		}
	}
	big := filepath.Join(root, "fill", "rest")
	fillUp(tb, big)
	for i := 0; i < 2*pieces; i += 2 {
		if err := os.Remove(name(i)); err != nil {
			tb.Fatal(err)
		}
	}
	half := small * pieces / 2
	c.write(tb, root, "fragmented", c.bytes(half-small/3))
	for i := 1; i < 2*pieces; i += 2 {
		if err := os.Remove(name(i)); err != nil {
			tb.Fatal(err)
		}
	}
	if err := os.Remove(big); err != nil {
		tb.Fatal(err)
	}
}

// fillUp writes a file until the volume is full.
func fillUp(tb testing.TB, path string) {
	tb.Helper()
	f, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size >= 512; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, unix.ENOSPC) {
			size /= 2
		} else if err != nil {
			tb.Fatal(err)
		}
	}
}

// backwards writes every second cluster of a file, the last one first.
func (c *content) backwards(tb testing.TB, root, name string, cluster, pieces int) {
	tb.Helper()
	b := make([]byte, (2*pieces-1)*cluster)
	f, err := os.Create(filepath.Join(root, name))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	for i := pieces - 1; i >= 0; i-- {
		at := 2 * i * cluster
		copy(b[at:at+cluster], c.bytes(cluster))
		if _, err := f.WriteAt(b[at:at+cluster], int64(at)); err != nil {
			tb.Fatal(err)
		}
	}
	c.files[name] = b
}

// sparse writes a file that is mostly holes.
func (c *content) sparse(tb testing.TB, root string, cluster int) {
	tb.Helper()
	size := max(10<<20, 8*cluster) + 777
	b := make([]byte, size)
	f, err := os.Create(filepath.Join(root, "sparse"))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(int64(size)); err != nil {
		tb.Fatal(err)
	}
	for _, at := range []int{0, size / 2, size - 100} {
		copy(b[at:], c.bytes(100))
		if _, err := f.WriteAt(b[at:at+100], int64(at)); err != nil {
			tb.Fatal(err)
		}
	}
	c.files["sparse"] = b
}

// setDOSName gives a file an 8.3 alias, as ntfs-3g does it.
func setDOSName(tb testing.TB, path, alias string) {
	tb.Helper()
	if err := unix.Setxattr(path, "system.ntfs_dos_name", []byte(alias), 0); err != nil {
		tb.Fatalf("%s: DOS name %s: %v", path, alias, err)
	}
}
