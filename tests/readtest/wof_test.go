package readtest

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs/wof"
)

var algorithms = []wof.Algorithm{wof.XPRESS4K, wof.XPRESS8K, wof.XPRESS16K, wof.LZX}

// sample makes a directory of files: made-up content and programs of this
// machine. The result is by SHA-1.
func sample(t *testing.T, dir string, made int) map[string][]byte {
	t.Helper()
	r := random(t)
	files := map[string][]byte{}
	put := func(b []byte) {
		sum := fmt.Sprintf("%x", sha1.Sum(b))
		files[sum] = b
		if err := os.WriteFile(filepath.Join(dir, sum), b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for range made {
		put(content(r, 1+r.IntN(1<<(6+r.IntN(15)))))
	}
	for _, n := range []int{1, 4095, 4096, 4097, 32767, 32768, 32769, 65536} {
		put(content(r, n))
	}
	put(make([]byte, 100_000))
	for _, pattern := range []string{"/usr/sbin/mk*fs*", "/usr/bin/ntfs*", "/usr/bin/wim*", "/usr/bin/bash"} {
		names, _ := filepath.Glob(pattern)
		for _, name := range names {
			if b, err := os.ReadFile(name); err == nil && len(b) > 0 && len(b) < 4<<20 {
				put(b)
			}
		}
	}
	return files
}

// TestWIMChunks decodes what wimlib encoded, an encoder of other people.
func TestWIMChunks(t *testing.T) {
	dir := t.TempDir()
	files := sample(t, dir, 60)
	levels := []int{50}
	if campaign() {
		levels = []int{20, 50, 100}
	}
	for _, a := range algorithms {
		for _, level := range levels {
			t.Run(fmt.Sprint(a, "/", level), func(t *testing.T) {
				n, chunks, packed, plain := 0, 0, 0, 0
				for _, r := range capture(t, dir, a, level) {
					if r.flags&compressed == 0 {
						continue // did not get smaller
					}
					want := files[r.digest]
					f, err := wof.Open(bytes.NewReader(r.data), int64(len(r.data)), r.plain, a)
					if err != nil {
						t.Fatal(err)
					}
					if int64(len(want)) != r.plain {
						t.Fatalf("%s: %d bytes, want %d", r.digest, r.plain, len(want))
					}
					size := a.ChunkSize()
					for i := range f.Chunks() {
						w := want[int(i)*size : min(len(want), int(i+1)*size)]
						p := make([]byte, len(w))
						if err := f.Chunk(i, p); err != nil {
							t.Fatalf("%s: %v", r.digest, err)
						}
						if !bytes.Equal(p, w) {
							t.Fatalf("%s: chunk %d differs", r.digest, i)
						}
						chunks++
					}
					n, packed, plain = n+1, packed+len(r.data), plain+len(want)
				}
				if n < 20 {
					t.Errorf("only %d compressed files", n)
				}
				t.Logf("%d files, %d chunks, %d of %d bytes", n, chunks, packed, plain)
			})
		}
	}
}
