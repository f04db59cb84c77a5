package readtest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// TestLZNT1 reads what ntfs-3g compressed, whole and at random places.
func TestLZNT1(t *testing.T) {
	for _, cluster := range []int{512, 1024, 2048, 4096} {
		t.Run(fmt.Sprint(cluster), func(t *testing.T) {
			image := volume.NTFS(t, 64<<20, cluster, 512)
			files := map[string][]byte{}
			volume.Fill(t, image, func(dir string) { fillCompressed(t, dir, files) })
			v := openVolume(t, image)
			packed, reads, total := 0, 0, 0
			r := random(t)
			for name, want := range files {
				f, err := v.Open(name)
				if err != nil {
					t.Fatal(err)
				}
				if f.Info().Size != int64(len(want)) {
					t.Fatalf("%s: %d bytes, want %d", name, f.Info().Size, len(want))
				}
				if f.Info().Attributes&fs.AttrCompressed != 0 {
					packed++
				}
				for n := range 60 {
					off, k := 0, len(want)
					if n > 0 {
						off = r.IntN(len(want) + 1)
						k = r.IntN(min(len(want)-off+1, 1<<(1+r.IntN(18))))
					}
					p := bytes.Repeat([]byte{0xa5}, k)
					if got, err := f.ReadAt(p, int64(off)); got != k && k > 0 || err != nil && err != io.EOF || !bytes.Equal(p, want[off:off+k]) {
						t.Fatalf("%s: %d at %d: %d, %v", name, k, off, got, err)
					}
					reads++
					total += k
				}
				if cat := tool.Must(t, "ntfscat", "-f", image, name); !bytes.Equal(cat, want) {
					t.Errorf("%s: ntfscat itself reads otherwise", name)
				}
			}
			if packed != len(files) {
				t.Errorf("%d of %d files are compressed", packed, len(files))
			}
			t.Logf("%d files, %d reads, %d bytes", packed, reads, total)
		})
	}
}

// fillCompressed makes files in a compressed directory.
func fillCompressed(t *testing.T, dir string, files map[string][]byte) {
	packed := filepath.Join(dir, "packed")
	if err := os.Mkdir(packed, 0o777); err != nil {
		t.Fatal(err)
	}
	volume.SetAttributes(t, packed, uint32(fs.AttrCompressed))
	put := func(name string, b []byte) string {
		path := filepath.Join(packed, name)
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		files["packed/"+name] = b
		return path
	}
	r := random(t)
	for i := range 24 {
		put(fmt.Sprintf("mixed%d", i), content(r, 1+r.IntN(1<<(4+r.IntN(17)))))
	}
	put("zeros", make([]byte, 300_000))
	// Longer than was ever written: the initialized size ends inside a unit.
	long := content(r, 100_001)
	if err := os.Truncate(put("grown", long), 400_000); err != nil {
		t.Fatal(err)
	}
	files["packed/grown"] = append(long, make([]byte, 299_999)...)
	// A hole of several units in the middle.
	b := content(r, 50_000)
	f, err := os.Create(filepath.Join(packed, "hole"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, off := range []int64{0, 450_000} {
		if _, err := f.WriteAt(b, off); err != nil {
			t.Fatal(err)
		}
	}
	files["packed/hole"] = append(append(bytes.Clone(b), make([]byte, 400_000)...), b...)
}
