package fstest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

const (
	benchFiles = 10_000
	benchSize  = 256 << 20
)

var benchGeometry = geometry{1 << 30, 4096, 512}

// BenchmarkNTFSCreate creates 10,000 files in one directory by our writer and
// by ntfs-3g.
func BenchmarkNTFSCreate(b *testing.B) {
	data := bytes.Repeat([]byte("x"), 100)
	b.Run("bootmend", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			dev := openImage(b, mkntfs(b, benchGeometry), os.O_RDWR, 512)
			v := openNTFS(b, dev)
			v.SetClock(time.Now)
			b.StartTimer()
			for i := range benchFiles {
				if err := v.WriteFile(fmt.Sprintf("file number %d.dat", i), bytes.NewReader(data), int64(len(data))); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("ntfs-3g", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			image := mkntfs(b, benchGeometry)
			withNTFS3G(b, image, func(dir string) {
				b.StartTimer()
				for i := range benchFiles {
					if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("file number %d.dat", i)), data, 0o666); err != nil {
						b.Fatal(err)
					}
				}
				b.StopTimer()
			})
			b.StartTimer()
		}
	})
}

// BenchmarkNTFSSequential writes a file of 256 MiB by our writer and by
// ntfs-3g.
func BenchmarkNTFSSequential(b *testing.B) {
	data := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	b.Run("bootmend", func(b *testing.B) {
		b.SetBytes(benchSize)
		for b.Loop() {
			b.StopTimer()
			dev := openImage(b, mkntfs(b, benchGeometry), os.O_RDWR, 512)
			v := openNTFS(b, dev)
			v.SetClock(time.Now)
			b.StartTimer()
			if err := v.WriteFile("big", &repeated{data: data}, benchSize); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ntfs-3g", func(b *testing.B) {
		b.SetBytes(benchSize)
		for b.Loop() {
			b.StopTimer()
			image := mkntfs(b, benchGeometry)
			withNTFS3G(b, image, func(dir string) {
				b.StartTimer()
				f, err := os.Create(filepath.Join(dir, "big"))
				if err != nil {
					b.Fatal(err)
				}
				for range benchSize / len(data) {
					if _, err := f.Write(data); err != nil {
						b.Fatal(err)
					}
				}
				if err := f.Close(); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
			})
			b.StartTimer()
		}
	})
}

// repeated is an endless io.Reader.
type repeated struct {
	data []byte
	off  int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := copy(p, r.data[r.off:])
	r.off = (r.off + n) % len(r.data)
	return n, nil
}
