package regf_test

import (
	"bytes"
	"sort"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/google/go-cmp/cmp"
)

func cmpSort(less func(a, b regf.Difference) bool) cmp.Option {
	return cmp.Transformer("sort", func(in []regf.Difference) []string {
		var out []string
		for _, d := range in {
			out = append(out, d.String())
		}
		sort.Strings(out)
		return out
	})
}

// repaired gives fuzzed bytes what Open and NewEdit ask of a base block, so
// that the fuzzer gets to the cells.
func repaired(b []byte) []byte {
	if len(b) < 8192 {
		return b
	}
	b = bytes.Clone(b[:len(b)&^4095])
	copy(b, "regf")
	copy(b[8:12], b[4:8])
	le.PutUint32(b[0x14:], 1)
	le.PutUint32(b[0x18:], 1+(5+le.Uint32(b[0x18:]))%6) // 1 to 6 stay
	le.PutUint32(b[0x1c:], 0)
	le.PutUint32(b[0x28:], uint32(len(b)-4096))
	regftest.Seal(b)
	return b
}

func seed(f *testing.F) {
	for _, opt := range layouts() {
		f.Add(regftest.Build(sample(), opt))
	}
	f.Add(regftest.Build(sample(), regftest.Options{Minor: 1, List: "li"}))
	f.Add(regftest.Build(sample(), regftest.Options{Minor: 2, List: "li"}))
}

// FuzzWalk reads everything that can be reached in arbitrary bytes: it must
// neither panic nor run on, and Check must agree with Diff on a sound hive.
// Run it with -fuzzminimizetime 5x: hives are too large for the fuzzer to
// minimise in passing.
func FuzzWalk(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, b := range [][]byte{in, repaired(in)} {
			h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
			if err != nil {
				continue
			}
			h.State()
			n, err := h.Check()
			if max := len(b) / 8; n.Keys > max {
				t.Fatalf("%d keys in %d bytes", n.Keys, len(b))
			}
			diff, diffErr := regf.Diff(h, h)
			if err == nil && (diffErr != nil || len(diff) != 0) {
				t.Fatalf("a sound hive differs from itself: %v, %v", diff, diffErr)
			}
		}
	})
}

// FuzzEdit sets a value in arbitrary hives. Whenever patches come out, the
// patched hive is clean and differs in that value only.
func FuzzEdit(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		b := repaired(in)
		h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		e, err := regf.NewEdit(h)
		if err != nil {
			return
		}
		path, name := firstValue(h)
		k, err := h.Key(path)
		if err != nil {
			return
		}
		v, err := k.Value(name)
		if err != nil {
			return
		}
		data, err := v.Data()
		if err != nil || len(data) == 0 {
			return
		}
		data[0] ^= 0x55
		if err := e.Set(path, name, v.Type(), data); err != nil {
			return
		}
		patches, err := e.Patches()
		if err != nil {
			return
		}
		after := open(t, apply(t, b, patches))
		diff, err := regf.Diff(h, after)
		if err != nil || len(diff) != 1 || !after.State().Clean {
			t.Fatalf("set %q %q: %v, %v, %v", path, name, diff, err, after.State())
		}
	})
}

// firstValue finds a value that is not at the root, where there is one.
func firstValue(h *regf.Hive) (path, name string) {
	left := 100
	h.Walk(func(p string, k *regf.Key, err error) error {
		if left--; left < 0 {
			return bytes.ErrTooLarge
		}
		if values, _ := k.Values(); err == nil && len(values) > 0 {
			path, name = p, values[len(values)-1].Name()
		}
		return nil
	})
	return path, name
}
