package bitlockertest

import (
	"bytes"
	"errors"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/bitlocker"
	"github.com/bootmend/bootmend/tests/sparse"
	"github.com/bootmend/bootmend/tests/tool"
)

// TestWritesAreRead: what is written into real volumes, at any offset, dislocker decrypts;
// and nothing else becomes another.
func TestWritesAreRead(t *testing.T) {
	const seed = 20261126
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewSource(seed))
	n := 0
	for _, i := range Images(t) {
		if i.Says["SHA256SUM"] == "" || strings.Contains(i.Name, "togo") {
			continue
		}
		// One of each method; a campaign takes all.
		switch i.Name {
		case "bitlk-aes-cbc-256", "bitlk-aes-xts-256", "bitlk-aes-cbc-elephant-128", "bitlk-aes-cbc-elephant-256", "bitlk-aes-xts-128-4k":
		default:
			if os.Getenv("BOOTMEND_CAMPAIGN") != "1" {
				continue
			}
		}
		n++
		t.Run(i.Name, func(t *testing.T) { writeAndRead(t, i, rnd) })
	}
	t.Logf("%d volumes", n)
}

func writeAndRead(t *testing.T, i Image, rnd *rand.Rand) {
	tool.Need(t, "dislocker-file")
	image := filepath.Join(t.TempDir(), "volume")
	if err := sparse.CopyFile(image, i.Path); err != nil {
		t.Fatal(err)
	}
	before := dislocked(t, image, i)
	dev, err := block.OpenExclusive(image)
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	v, err := bitlocker.Open(dev)
	if err != nil {
		t.Fatal(err)
	}
	d := v.Device(dev, unlock(t, i, v))
	want := bytes.Clone(before)
	reserved := 0
	for k := range 60 {
		p := make([]byte, 1+rnd.Intn(9000))
		rnd.Read(p)
		off := rnd.Int63n(int64(len(want) - len(p)))
		switch k {
		case 0:
			off = 3 // into the boot sector, which lies elsewhere
		case 1:
			off = 8192 - 100 // over its end
		}
		if _, err := d.WriteAt(p, off); errors.Is(err, bitlocker.ErrReserved) {
			reserved++
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		copy(want[off:], p)
	}
	if err := dev.Flush(); err != nil {
		t.Fatal(err)
	}
	ours := make([]byte, len(want))
	if n, err := d.ReadAt(ours, 0); n < len(ours) {
		t.Fatal(err)
	}
	if at := firstDifference(ours, want); at >= 0 {
		t.Errorf("read back, byte %#x is another", at)
	}
	if at := firstDifference(dislocked(t, image, i), want); at >= 0 {
		t.Errorf("by dislocker, byte %#x is another", at)
	}
	t.Logf("%d of 60 writes reached places of BitLocker's own and were refused", reserved)
}

// dislocked is the content as dislocker reads it.
func dislocked(t *testing.T, image string, i Image) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "plain")
	tool.Must(t, "dislocker-file", "-V", image, "-p"+i.Says["RP"], "--", out)
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(out)
	return b
}

func firstDifference(a, b []byte) int {
	if len(a) != len(b) {
		return min(len(a), len(b))
	}
	for i := 0; i < len(a); i += 4096 {
		end := min(i+4096, len(a))
		if bytes.Equal(a[i:end], b[i:end]) {
			continue
		}
		for k := i; k < end; k++ {
			if a[k] != b[k] {
				return k
			}
		}
	}
	return -1
}
