package fattest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/initramfs/fs/fat/secondopinion"
	"github.com/bootmend/bootmend/tests/volume"
)

// TestFilledByMtools changes volumes that mtools has filled and scattered: our
// changes and theirs alternate.
func TestFilledByMtools(t *testing.T) {
	for _, g := range geometries {
		t.Run(g.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 2))
			image := format(t, g)
			m := model{}
			for round := range 3 {
				dir := t.TempDir()
				args := []string{"-i", image}
				for i := range 20 {
					name := fmt.Sprintf("%d file of mtools %d.bin", round, i)
					m[name] = content(rng, rng.IntN(20_000))
					must0(t, os.WriteFile(filepath.Join(dir, name), m[name], 0o666))
					args = append(args, filepath.Join(dir, name))
				}
				dos.Must(t, "mcopy", append(args, "::")...)
				v := open(t, image)
				if got := read(t, v, "0 FILE of mtools 3.BIN"); !bytes.Equal(got, m["0 file of mtools 3.bin"]) {
					t.Errorf("%d bytes read", len(got))
				}
				for i := range 20 {
					path := fmt.Sprintf("%d file of mtools %d.bin", round, i)
					switch i % 4 {
					case 0:
						m.write(t, v, path, content(rng, rng.IntN(30_000)))
					case 1:
						m.remove(t, v, path)
					case 2:
						m.resize(t, v, path, rng.IntN(30_000))
					}
				}
				m.write(t, v, fmt.Sprintf("%d scattered", round), content(rng, 100_000))
				m.judge(t, image)
				m.agree(t, image, g)
			}
		})
	}
}

func read(tb testing.TB, v fs.FS, path string) []byte {
	tb.Helper()
	f, err := v.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	b := make([]byte, f.Info().Size)
	if n, err := f.ReadAt(b, 0); n < len(b) {
		tb.Fatal(err)
	}
	return b
}

// agree compares what we read, and what the second reader reads, with the
// model.
func (m model) agree(t *testing.T, image string, g geometry) {
	t.Helper()
	v := open(t, image)
	second := v.Boot().FATs == 2
	for path, want := range m {
		if want == nil {
			continue
		}
		if got := read(t, v, path); !bytes.Equal(got, want) {
			t.Errorf("%s: we read other bytes", path)
		}
		got, err := secondopinion.ReadFile(volume.Open(t, image), path, 1<<20)
		if second && (err != nil || !bytes.Equal(got, want)) {
			t.Errorf("%s: second reader: %d bytes, %v", path, len(got), err)
		}
		if !second && err == nil {
			t.Errorf("%s: the second reader reads it, contrary to what its documentation says", path)
		}
	}
}

// forget opens a volume after FSInfo has lost where to look for free clusters,
// so that the next file goes into the gaps.
func forget(tb testing.TB, image string) *fat.Volume {
	tb.Helper()
	v := open(tb, image)
	if n := v.Boot().FSInfo; n != 0 {
		if _, err := volume.Open(tb, image).WriteAt([]byte{0xff, 0xff, 0xff, 0xff}, int64(n*v.Boot().BytesPerSector)+0x1ec); err != nil {
			tb.Fatal(err)
		}
	}
	return v
}

// TestOverwrite changes bytes in place: nothing else of the volume changes.
func TestOverwrite(t *testing.T) {
	for _, g := range geometries {
		t.Run(g.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 3))
			image := format(t, g)
			m := model{}
			v := open(t, image)
			for i := range 6 {
				m.write(t, v, fmt.Sprint("F", i), content(rng, 60_000))
			}
			for i := 0; i < 6; i += 2 {
				m.remove(t, v, fmt.Sprint("F", i))
			}
			v = forget(t, image)
			m.write(t, v, "HIVE", content(rng, 120_000))
			f, err := v.Open("HIVE")
			must0(t, err)
			extents, err := f.Extents()
			must0(t, err)
			for range 50 {
				b := content(rng, 1+rng.IntN(9000))
				off := rng.IntN(120_000 - len(b))
				if n, err := f.(fs.Overwriter).WriteAt(b, int64(off)); n != len(b) || err != nil {
					t.Fatal(n, err)
				}
				copy(m["HIVE"][off:], b)
			}
			if len(extents) < 2 {
				t.Errorf("%d extents", len(extents))
			}
			for _, e := range extents {
				raw := make([]byte, e.Vol.Len)
				if _, err := volume.Open(t, image).ReadAt(raw, e.Vol.Off); err != nil || !bytes.Equal(raw, m["HIVE"][e.FileOff:e.FileOff+e.Vol.Len]) {
					t.Errorf("extent %v does not hold the bytes at %d", e.Vol, e.FileOff)
				}
			}
			m.judge(t, image)
			t.Logf("%d extents", len(extents))
		})
	}
}
