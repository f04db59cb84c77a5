package builder

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// TestFromDamaged: of an image in which a byte is another, or that was cut, either no
// medium is made, or the same as of the sound one.
func TestFromDamaged(t *testing.T) {
	from := smallImage(t)
	sound, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.iso"), filepath.Join(dir, "out.iso")
	remake := func(b []byte) ([]byte, error) {
		t.Helper()
		if err := errors.Join(os.WriteFile(in, b, 0o600), os.RemoveAll(out)); err != nil {
			t.Fatal(err)
		}
		if _, err := ISO(Options{From: in, Out: out, Cache: dir}); err != nil {
			if _, e := os.Stat(out); e == nil {
				t.Errorf("an image in spite of %v", err)
			}
			return nil, err
		}
		got, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return got, nil
	}
	want, err := remake(sound)
	if err != nil {
		t.Fatal(err)
	}
	const seed = 20261127
	random := rand.New(rand.NewPCG(seed, 0))
	refused, named, same := 0, 0, 0
	judge := func(what string, at int, damaged []byte) {
		switch got, err := remake(damaged); {
		case errors.Is(err, ErrImageDamaged):
			named++
		case err != nil:
			refused++
		case bytes.Equal(got, want):
			same++
		default:
			t.Errorf("%s at %d: another medium, and no word", what, at)
		}
	}
	for range 60 {
		at := random.IntN(len(sound))
		if sound[at] == 0 { // more of it is used
			at = bytes.IndexFunc(sound[at/2:], func(r rune) bool { return r != 0 }) + at/2
		}
		b := bytes.Clone(sound)
		b[at] ^= 1 << random.IntN(8)
		judge("a bit", at, b)
		if cut := random.IntN(len(sound)); cut%4 == 0 {
			judge("cut", cut, sound[:cut])
		}
	}
	t.Logf("seed %d: %d damages named, %d refused otherwise, %d without effect", seed, named, refused, same)
	if named < 20 {
		t.Error("too few were found by the manifest")
	}
}
