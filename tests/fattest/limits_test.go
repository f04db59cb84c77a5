package fattest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// TestUntilFull fills volumes to the last cluster and empties them again.
func TestUntilFull(t *testing.T) {
	for _, g := range []geometry{geometries[0], geometries[3], geometries[7]} {
		t.Run(g.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			image := format(t, g)
			v := open(t, image)
			m := model{}
			m.mkdir(t, v, "d")
			empty, err := v.Free()
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; ; i++ {
				free, err := v.Free()
				if err != nil {
					t.Fatal(err)
				}
				path := fmt.Sprintf("d/file with a long name %d", i)
				size := 1 + rng.Int64N(empty/20)
				err = v.WriteFile(path, bytes.NewReader(make([]byte, size)), size)
				if err == nil {
					m[path] = make([]byte, size)
					continue
				}
				if !errors.Is(err, fs.ErrNoSpace) {
					t.Fatal(err)
				}
				if size+1<<16 < free { // one cluster may go to the directory
					t.Fatalf("%d bytes do not fit into %d: %v", size, free, err)
				}
				if free == 0 {
					break
				}
				if free < empty/50 {
					if err := v.Resize(largest(m), int64(len(m[largest(m)]))+free+1<<16); !errors.Is(err, fs.ErrNoSpace) {
						t.Fatal(err)
					}
					must0(t, v.WriteFile("rest", bytes.NewReader(make([]byte, free)), free))
					m["rest"] = make([]byte, free)
					break
				}
			}
			if free, err := v.Free(); free != 0 || err != nil {
				t.Errorf("%d bytes free, %v", free, err)
			}
			m.judge(t, image)
			for path := range m {
				if path != "d" {
					must0(t, v.Remove(path))
				}
			}
			must0(t, v.Remove("d"))
			if err := fsck(image); err != nil {
				t.Error(err)
			}
			t.Logf("%d files", len(m))
		})
	}
}

func must0(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func largest(m model) string {
	name := ""
	for path, b := range m {
		if b != nil && len(b) >= len(m[name]) {
			name = path
		}
	}
	return name
}

// TestFullDirectories: the root directory of a floppy, and one of 65,536
// entries.
func TestFullDirectories(t *testing.T) {
	image := format(t, geometries[0])
	v := open(t, image)
	n := 0
	for ; ; n++ {
		if err := v.WriteFile(fmt.Sprintf("F%d", n), strings.NewReader(""), 0); err != nil {
			if !errors.Is(err, fs.ErrNoSpace) {
				t.Fatal(err)
			}
			break
		}
	}
	if err := fsck(image); err != nil || n != 224 {
		t.Errorf("%d entries, %v", n, err)
	}
	if os.Getenv("BOOTMEND_CAMPAIGN") == "" {
		t.Skip("SKIP-CAMPAIGN a directory of 65,536 entries")
	}
	image = format(t, geometries[8])
	v = open(t, image)
	must0(t, v.Mkdir("d"))
	for n = 0; ; n++ {
		if err := v.WriteFile(fmt.Sprintf("d/%d.%s", n, strings.Repeat("long ", 48)+"x"), strings.NewReader(""), 0); err != nil {
			if !errors.Is(err, fs.ErrNoSpace) {
				t.Fatal(err)
			}
			break
		}
	}
	if err := fsck(image); err != nil || n < 65536/21 || n > 65536/20 {
		t.Errorf("%d entries, %v", n, err)
	}
	t.Logf("%d files of 20 or 21 slots", n)
}

// zeros gives n zeros.
type zeros struct{ n int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.n == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.n)
	clear(p[:n])
	z.n -= n
	return int(n), nil
}

// TestLargestFile writes 4 GiB - 1 into a sparse image.
func TestLargestFile(t *testing.T) {
	if os.Getenv("BOOTMEND_CAMPAIGN") == "" {
		t.Skip("SKIP-CAMPAIGN a file of 4 GiB")
	}
	const largest = 1<<32 - 1
	image := format(t, geometry{"", 5 << 30, []string{"-F", "32", "-s", "64"}})
	v := open(t, image)
	if err := v.WriteFile("big", &zeros{largest + 1}, largest+1); !errors.Is(err, fs.ErrNoSpace) {
		t.Error(err)
	}
	// fsck.vfat counts the bytes of a chain in 32 bits: 4 GiB are none to it.
	// It judges the file that is one cluster shorter, our check the longest.
	must0(t, v.WriteFile("big", &zeros{largest - 32768}, largest-32768))
	if err := fsck(image); err != nil {
		t.Error(err)
	}
	must0(t, v.Resize("big", largest))
	checkSound(t, image)
	if i, err := v.Stat("big"); i.Size != largest || err != nil {
		t.Errorf("%+v, %v", i, err)
	}
	must0(t, v.Resize("big", 10))
	if err := fsck(image); err != nil {
		t.Error(err)
	}
	must0(t, v.WriteFile("big", &zeros{largest}, largest))
	checkSound(t, image)
	must0(t, v.Remove("big"))
	if err := fsck(image); err != nil {
		t.Error(err)
	}
}
