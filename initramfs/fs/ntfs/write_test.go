package ntfs

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// tSpare is the first free cluster of a writable volume.
const tSpare = tFree + 64

// writableVolume is fuzzVolume with bitmaps that have something free, and with
// $MFTMirr.
func writableVolume() *tVolume {
	v := fuzzVolume()
	v.record(recordMFT, recFlagInUse, stdInfo(6), nonResident(attrData, "", 64*tCluster, 64*tCluster, 0, run{0, tMFT, 64}),
		nonResident(attrBitmap, "", 8, 8, 0, run{0, tBitmap + 1, 1}))
	v.record(recordMirror, recFlagInUse, nonResident(attrData, "", 4*tCluster, 4*tCluster, 0, run{0, 300, 4}))
	bits := v.b[tBitmap*tCluster:]
	for i := tSpare; i < tClusters; i++ {
		bits[i/8] &^= 1 << (i % 8)
	}
	used := v.b[(tBitmap+1)*tCluster:]
	copy(used, []byte{0xff, 0xff, 0xff, 0xc0, 0x07})
	// The bitmap of the root directory's index, which bigDir leaves out.
	list := entries(recordRoot, nil, 0)
	v.record(recordRoot, recFlagInUse|recFlagDirectory, stdInfo(0), resident(attrIndexRoot, "$I30", indexRoot(list)),
		nonResident(attrIndexAllocation, "$I30", 4096, 4096, 0, run{0, tFree, 4}), resident(attrBitmap, "$I30", []byte{1, 0, 0, 0, 0, 0, 0, 0}))
	for no, name := range map[uint64]string{30: "dir", 31: "file", 32: "hiberfil.sys"} {
		fn := resident(attrFileName, "", fileNameBytes(recordRoot, entry{name: name, namespace: nameWin32}))
		switch no {
		case 30:
			v.record(no, recFlagInUse|recFlagDirectory, stdInfo(0), fn, resident(attrIndexRoot, "$I30", indexRoot(entries(no, nil, -1))))
		case 31:
			v.file(no, fn, nonResident(attrData, "", 3000, 2500, 0, run{0, tFree + 10, 2}, run{2, tFree + 20, 1}))
		default:
			v.file(no, fn, resident(attrData, "", []byte("hibr")))
		}
	}
	return v
}

// writeAll does one of each operation and stops at the first error.
func writeAll(v *Volume) error {
	big := strings.Repeat("0123456789", 2000)
	return errors.Join(
		v.WriteFile(`\new file.txt`, strings.NewReader("small"), 5),
		v.WriteFile(`\dir\big file.bin`, strings.NewReader(big), int64(len(big))),
		v.WriteFile(`\file`, strings.NewReader(big), 5000),
		v.Resize(`\dir\big file.bin`, 40_000),
		v.Mkdir(`\dir\sub`),
		v.Rename(`\new file.txt`, `\dir\sub\moved.txt`),
		v.SetAttributes(`\file`, fs.AttrHidden|fs.AttrReadOnly),
		v.Remove(`\hiberfil.sys`),
		v.Resize(`\dir\big file.bin`, 100),
	)
}

func TestWriteSynthetic(t *testing.T) {
	v := writableVolume().open(t)
	v.SetClock(func() time.Time { return time.Unix(1_000_000_000, 0) })
	before, err := v.Free()
	if err != nil {
		t.Fatal(err)
	}
	if err := writeAll(v); err != nil {
		t.Fatal(err)
	}
	for path, size := range map[string]int64{`\dir\sub\moved.txt`: 5, `\dir\big file.bin`: 100, `\file`: 5000} {
		info, err := v.Stat(path)
		if err != nil || info.Size != size || !info.Modified.Equal(time.Unix(1_000_000_000, 0)) {
			t.Errorf("%s: %+v, %v", path, info, err)
		}
	}
	if info, err := v.Stat(`\file`); err != nil || info.Attributes != fs.AttrHidden|fs.AttrReadOnly {
		t.Errorf("%+v, %v", info, err)
	}
	if _, err := v.Stat(`\hiberfil.sys`); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	// The neighbours have no aliases, so there are none.
	if _, err := v.Stat(`\dir\BIGFIL~1.BIN`); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	// \file takes five clusters instead of three, \dir\big file.bin one; the
	// index of the root directory fits into its record again.
	after, err := v.Free()
	if want := before - (5-3)*tCluster - tCluster + 4096; err != nil || after != want {
		t.Errorf("%d bytes free, want %d of %d, %v", after, want, before, err)
	}
}

// failing refuses the write number n and all later ones while it is down.
type failing struct {
	*tVolume
	left int
}

var errWrite = errors.New("the disk says no")

func (f *failing) WriteAt(p []byte, off int64) (int, error) {
	if f.left == 0 {
		f.left--
		return 0, errWrite
	}
	f.left--
	return f.tVolume.WriteAt(p, off)
}

// TestWriteFails lets each write of a sequence fail in turn: the operation
// must leave the metadata as before it.
func TestWriteFails(t *testing.T) {
	failed := 0
	for n := range 1000 {
		dev := &failing{tVolume: writableVolume(), left: n}
		v, err := Open(dev)
		if err != nil {
			t.Fatal(err)
		}
		err = v.WriteFile(`\dir\new file.bin`, strings.NewReader(strings.Repeat("x", 3000)), 3000)
		if err == nil {
			break
		}
		failed++
		if !errors.Is(err, errWrite) {
			t.Fatalf("write %d: %v", n, err)
		}
		want := writableVolume().b
		if at := differs(want[:tSpare*tCluster], dev.b[:tSpare*tCluster]); at >= 0 {
			t.Errorf("write %d failed: byte %#x changed", n, at)
		}
	}
	if failed < 4 {
		t.Errorf("only %d writes", failed)
	}
	t.Logf("%d writes, each failed once", failed)
}

func differs(a, b []byte) int {
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return -1
}

func TestEncodePairs(t *testing.T) {
	runs := []run{{0, 1000, 5}, {5, hole, 300}, {305, 10, 1}, {306, 1 << 40, 1 << 20}, {306 + 1<<20, 127, 128}}
	b, n := encodePairs(runs, 1000)
	if n != len(runs) {
		t.Fatal(n)
	}
	got, err := decodeRuns(b, 0, runs[len(runs)-1].end(), 1<<41, "test")
	if err != nil || !slices.Equal(got, runs) {
		t.Errorf("%v, %v", got, err)
	}
	for limit := range 30 {
		var all []run
		for rest := runs; len(rest) > 0; {
			b, n := encodePairs(rest, limit)
			part, err := decodeRuns(b, rest[0].vcn, rest[n-1].end(), 1<<41, "test")
			if err != nil || n > 1 && len(b) > limit {
				t.Fatalf("limit %d: %d bytes, %v", limit, len(b), err)
			}
			all, rest = append(all, part...), rest[n:]
		}
		if !slices.Equal(all, runs) {
			t.Errorf("limit %d: %v", limit, all)
		}
	}
}

func TestProtectFixups(t *testing.T) {
	b := make([]byte, 1024)
	le.PutUint16(b[4:], 0x30)
	le.PutUint16(b[6:], 3)
	for i := range b[0x36:] {
		b[0x36+i] = byte(i)
	}
	for _, c := range [][2]uint16{{0, 1}, {7, 8}, {0xfffd, 0xfffe}, {0xfffe, 1}, {0xffff, 1}} {
		le.PutUint16(b[0x30:], c[0])
		p := bytes.Clone(b)
		protectFixups(p)
		if got := le.Uint16(p[0x30:]); got != c[1] {
			t.Errorf("after %#x comes %#x, want %#x", c[0], got, c[1])
		}
		if err := applyFixups(p, "test"); err != nil || !bytes.Equal(p[0x36:], b[0x36:]) {
			t.Errorf("%#x: %v", c[0], err)
		}
	}
}

func TestValidName(t *testing.T) {
	for name, want := range map[string]error{"a": nil, "Übergröße.TXT": nil, "a.b.c": nil, strings.Repeat("é", 255): nil,
		strings.Repeat("é", 256): fs.ErrNameTooLong, "": fs.ErrInvalidName, "a?": fs.ErrInvalidName, "a\x1f": fs.ErrInvalidName, "a ": fs.ErrInvalidName,
		"..": fs.ErrInvalidName, "com1": fs.ErrInvalidName, "LPT9.txt": fs.ErrInvalidName, "com10": nil, "a:b": fs.ErrInvalidName} {
		if _, err := validName(name); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", name, err, want)
		}
	}
}

func TestSameBits(t *testing.T) {
	b := []byte{0xff, 0x0f, 0x00, 0x81}
	for _, c := range []struct {
		from, end int
		set       bool
		n         int
	}{{0, 32, true, 12}, {12, 32, false, 12}, {24, 32, true, 1}, {25, 32, false, 6}, {31, 32, true, 1}, {3, 5, true, 2}, {13, 14, false, 1}} {
		if set, n := sameBits(b, c.from, c.end); set != c.set || n != c.n {
			t.Errorf("%d to %d: %t × %d, want %t × %d", c.from, c.end, set, n, c.set, c.n)
		}
	}
	flipBits(b, 4, 30)
	if want := []byte{0x0f, 0xf0, 0xff, 0xbe}; !bytes.Equal(b, want) {
		t.Errorf("flipped %x, want %x", b, want)
	}
}

// FuzzWrite changes a volume at some places and then writes on it. Whatever
// that does to the volume, it must end, without a panic.
func FuzzWrite(f *testing.F) {
	base := writableVolume().b
	f.Add([]byte{})
	f.Add([]byte{1, 20, 0x90, 4})
	f.Add([]byte{3, 0, 0x40, 1})
	f.Fuzz(func(t *testing.T, patch []byte) {
		if len(patch) > 256 {
			return
		}
		dev := &memory{b: bytes.Clone(base)}
		for ; len(patch) >= 4; patch = patch[4:] {
			z := hot[int(patch[0])%len(hot)]
			dev.b[z.off+(int(patch[1])<<8|int(patch[2]))%z.n] = patch[3]
		}
		v, err := Open(dev)
		if err != nil {
			return
		}
		_ = writeAll(v)
		for i := range 30 {
			_ = v.WriteFile(fmt.Sprintf(`\a long name number %d`, i), strings.NewReader("x"), 1)
		}
		for i := range 30 {
			_ = v.Remove(fmt.Sprintf(`\a long name number %d`, i))
		}
		_, _ = v.Free()
	})
}
