package cabtest

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/bootmend/bootmend/drivers/cab"
)

// fill makes files of many sizes and kinds of content.
func fill(tb testing.TB, dir string, seed uint64, n int) []string {
	tb.Helper()
	tb.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	var names []string
	for i := range n {
		size := []int{0, 1, 100, 32767, 32768, 32769, 65536, 200_000, 1 << 20}[i%9]
		if i >= 9 {
			size = r.IntN(1 << (1 + r.IntN(20)))
		}
		b := make([]byte, size)
		for j := 0; j < len(b); {
			switch k := min(1+r.IntN(3000), len(b)-j); r.IntN(3) {
			case 0: // zeros
				j += k
			case 1:
				for range k {
					b[j] = byte(r.Uint32())
					j++
				}
			default:
				j += copy(b[j:j+k], bytes.Repeat([]byte(fmt.Sprintf("line %d of text\r\n", r.IntN(50))), k/14+1))
			}
		}
		name := fmt.Sprintf("file%03d.bin", i)
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o666); err != nil {
			tb.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// TestGcab: what gcab packs, stored and as MSZIP, alone and in a program.
func TestGcab(t *testing.T) {
	need(t, "gcab")
	for _, args := range [][]string{{"-c"}, {"-c", "-z"}} {
		dir := t.TempDir()
		names := fill(t, dir, 5, 40)
		must(t, dir, "gcab", slices.Concat(args, []string{"out.cab"}, names)...)
		var want []digest
		for _, n := range names {
			want = append(want, content(t, filepath.Join(dir, n)))
		}
		check := func(what string, got found) {
			t.Helper()
			if len(got.errs) > 0 || !slices.Equal(got.names, names) || !slices.Equal(got.contents, want) {
				t.Errorf("gcab %v, %s: %d files of %d, %v", args, what, len(got.names), len(names), got.errs)
			}
		}
		packed := filepath.Join(dir, "out.cab")
		check("alone", extract(t, packed, cab.Options{}))

		b, err := os.ReadFile(packed)
		if err != nil {
			t.Fatal(err)
		}
		// A program that knows the magic number, the cabinet, a signature.
		program := slices.Concat([]byte("MZ"), bytes.Repeat([]byte("code MSCF code"), 9000), b, bytes.Repeat([]byte{0x30, 0x82}, 700))
		sfx := filepath.Join(dir, "sfx.exe")
		if err := os.WriteFile(sfx, program, 0o666); err != nil {
			t.Fatal(err)
		}
		check("in a program", extract(t, sfx, cab.Options{}))
		damage(t, filepath.Join(dir, "bad.cab"), b, want)
	}
}

// damage changes bytes: what is extracted without an error is right.
func damage(t *testing.T, path string, b []byte, want []digest) {
	t.Helper()
	r := rand.New(rand.NewPCG(7, 0))
	errs, right := 0, 0
	for range 30 {
		bad := slices.Clone(b)
		for range 1 + r.IntN(3) {
			// Behind the tables: these have no checksum.
			bad[4000+r.IntN(len(bad)-4000)] ^= 1 << r.IntN(8)
		}
		if r.IntN(4) == 0 {
			bad = bad[:4000+r.IntN(len(bad)-4000)]
		}
		if err := os.WriteFile(path, bad, 0o666); err != nil {
			t.Fatal(err)
		}
		got := extract(t, path, cab.Options{})
		if rest := subtract(got.contents, want); len(rest) > 0 {
			t.Errorf("%d wrong files without an error", len(rest))
		}
		for _, err := range got.errs {
			if !errors.Is(err, cab.ErrDamaged) {
				t.Error(err)
			}
		}
		errs, right = errs+len(got.errs), right+len(got.contents)
	}
	t.Logf("30 damaged cabinets: %d files right, %d refused", right, errs)
	if errs == 0 || right == 0 {
		t.Error("one of them should not be 0")
	}
}
