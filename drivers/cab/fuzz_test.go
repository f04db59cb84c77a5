package cab_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/bootmend/bootmend/drivers/cab"
)

// FuzzCabinet: no panic, typed errors, never more bytes than a file has, and
// the same twice. The cabinet is its own neighbour.
func FuzzCabinet(f *testing.F) {
	f.Add(stored().build())
	for _, c := range set() {
		f.Add(c.build())
	}
	packed := stored()
	packed.folders[0] = tfolder{method: 1, blocks: []tblock{{"CK\x4b\x4c\x4a\x4e\x49\x4d\x4b\xcf\x00\x00", 8, 1}}}
	f.Add(packed.build())
	packed.folders[0] = tfolder{method: 0x0f03, blocks: []tblock{{"\x00\x00\x00\x00\x00\x00", 8, 0}}}
	f.Add(packed.build())
	f.Fuzz(func(t *testing.T, b []byte) {
		self := func(string) (io.ReaderAt, int64, error) { return bytes.NewReader(b), int64(len(b)), nil }
		for c, err := range cab.Find(bytes.NewReader(b), int64(len(b)), cab.Options{Part: self}) {
			check(t, err)
			if err != nil {
				return
			}
			for i, f := range c.Files[:min(len(c.Files), 50)] {
				r, err := c.Open(f)
				if check(t, err); err != nil {
					continue
				}
				first, err := io.ReadAll(io.LimitReader(r, 1<<16))
				if check(t, err); int64(len(first)) > f.Size || err == nil && int64(len(first)) < min(f.Size, 1<<16) {
					t.Fatalf("%d bytes of %d", len(first), f.Size)
				}
				if err != nil {
					continue
				}
				if r, err = c.Open(c.Files[i]); err != nil {
					t.Fatal(err)
				}
				if again, err := io.ReadAll(io.LimitReader(r, 1<<16)); err != nil || !bytes.Equal(first, again) {
					t.Fatalf("other content the second time: %v", err)
				}
			}
		}
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err == nil || errors.Is(err, cab.ErrDamaged) || errors.Is(err, cab.ErrNotCabinet) || errors.Is(err, cab.ErrMethod) || errors.Is(err, cab.ErrPart) {
		return
	}
	t.Fatalf("error without class: %v", err)
}
