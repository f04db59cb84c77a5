package sparse

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// image writes a 1 MiB file with data in odd places. With full it holds no
// hole; otherwise what is zero is a hole where the file system allows one.
func image(t *testing.T, full bool) string {
	t.Helper()
	p := make([]byte, 1<<20)
	copy(p[3:], "start")
	copy(p[chunk-2:], "over the edge")
	copy(p[len(p)-4:], "end.")
	path := filepath.Join(t.TempDir(), "image")
	if full {
		if err := os.WriteFile(path, p, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if err := CopyFile(path, image(t, true)); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCopyIsEqual(t *testing.T) {
	full, holes := image(t, true), image(t, false)
	a, _ := os.ReadFile(full)
	b, _ := os.ReadFile(holes)
	if !bytes.Equal(a, b) {
		t.Fatal("the copy differs from its source")
	}
	ha, errA := Hash(full)
	hb, errB := Hash(holes)
	if errA != nil || errB != nil || ha != hb {
		t.Fatalf("Hash = %s, %v and %s, %v; want the same", ha, errA, hb, errB)
	}
}

// TestWrite: the end of what is read is the end of the file, zeros or not, and
// an error is one.
func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "image")
	for _, tail := range []int{0, 1, chunk, 3*chunk + 5} {
		want := append(bytes.Repeat([]byte("data"), chunk/2), make([]byte, tail)...)
		if err := Write(path, bytes.NewReader(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes, %v; want %d", len(got), err, len(want))
		}
	}
	broken := errors.New("broken")
	if err := Write(path, io.MultiReader(strings.NewReader("x"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if err := Write(path, io.LimitReader(zeros{}, 1<<30)); err != nil {
		t.Fatal(err)
	}
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil || st.Size != 1<<30 || st.Blocks*512 > 1<<20 {
		t.Errorf("%d bytes take %d blocks, %v", st.Size, st.Blocks, err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestHashSeesEveryByte(t *testing.T) {
	for _, off := range []int64{0, 3, 511, chunk - 1, chunk, 300_000, 1<<20 - 1} {
		path := image(t, false)
		before, _ := Hash(path)
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte{0xA5}, off); err != nil {
			t.Fatal(err)
		}
		f.Close()
		if after, _ := Hash(path); after == before {
			t.Errorf("Hash did not see a changed byte at %d", off)
		}
		got, err := Diff(path, image(t, true), 10)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]int64{off / 512 * 512}, got); diff != "" {
			t.Errorf("Diff after a change at %d (-want +got):\n%s", off, diff)
		}
	}
	path := image(t, false)
	before, _ := Hash(path)
	if err := os.Truncate(path, 1<<20-chunk); err != nil {
		t.Fatal(err)
	}
	if after, _ := Hash(path); after == before {
		t.Error("Hash did not see the file become shorter")
	}
}

func TestExtractAndReplace(t *testing.T) {
	path, part := image(t, false), filepath.Join(t.TempDir(), "part")
	if err := Extract(part, path, 512, 2*chunk); err != nil {
		t.Fatal(err)
	}
	a, _ := os.ReadFile(path)
	b, _ := os.ReadFile(part)
	if !bytes.Equal(a[512:512+2*chunk], b) {
		t.Fatal("Extract gave other bytes than the image holds")
	}
	if err := os.WriteFile(part, make([]byte, 2*chunk), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Replace(path, 512, part); err != nil {
		t.Fatal(err)
	}
	got, _ := os.ReadFile(path)
	clear(a[512 : 512+2*chunk])
	if !bytes.Equal(a, got) {
		t.Fatal("Replace changed other bytes than those it was given, or did not write zeros")
	}
	if err := Replace(path, 1<<20-512, part); err == nil {
		t.Error("Replace past the end of the image succeeded")
	}
}
