package hivelogtest

import (
	"bytes"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
	"github.com/bootmend/bootmend/initramfs/win/regf/regfcheck"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
)

// FuzzReplay: whatever hive and logs hold, what comes out is a hive that is
// clean and has no need of logs, and the patches give it; or the file as it is.
func FuzzReplay(f *testing.F) {
	for _, c := range append(newCases(), oldCases()...) {
		f.Add(c.hive, c.logs["LOG1"], c.logs["LOG2"], c.logs["LOG"], c.logs["ALT"])
	}
	f.Fuzz(func(t *testing.T, hive, log1, log2, single, alt []byte) {
		// Marvin hashes are not to be guessed: they are made to fit.
		logs := []hivelog.Log{log("a.LOG1", sealed(log1)), log("a.LOG2", sealed(log2)), log("a.LOG", sealed(single)), log("a.ALT", alt)}
		r := replay(t, hive, logs...)
		if r.Size > 1<<22 {
			return // nothing that a test should hold in memory
		}
		got := after(t, hive, r)
		if !r.Usable() {
			if !bytes.Equal(got, hive) {
				t.Fatalf("%q changes the hive", r.State)
			}
			return
		}
		if again := replay(t, got, logs...); again.State != hivelog.Clean {
			t.Fatalf("%q gives a hive that is %q: %q", r.State, again.State, again.Reasons)
		}
		if _, why, err := r.Transactions(nil); err != nil || why == "" {
			t.Fatal(why, err)
		}
	})
}

// sealed gives base block and entries of a log checksums and hashes that fit,
// where there is anything that could have some.
func sealed(b []byte) []byte {
	b = bytes.Clone(b)
	if len(b) < 512 || b[0]&1 == 1 {
		return b
	}
	checksum(b)
	for off := 512; off+512 <= len(b); {
		size := int(le.Uint32(b[off+4:]))
		if string(b[off:off+4]) != "HvLE" || size < 512 || size%512 != 0 || off+size > len(b) {
			off += 512
			continue
		}
		rehash(b[off : off+size])
		off += size
	}
	return b
}

// small is a hive with every structure: lists of lists, hashes, big data, a class.
func small(minor uint32, list string, perLeaf int) []byte {
	var keys []regftest.Key
	for _, name := range []string{"alpha", "Beta", "gamma", "Größe", "日本", "delta", "epsilon", "zeta"} {
		keys = append(keys, regftest.Key{Name: name, Class: "c", Values: []regftest.Value{regftest.SZ("s", "text of some length"), regftest.DWORD("", 5)},
			Keys: []regftest.Key{{Name: "below"}, {Name: "Other", Values: []regftest.Value{regftest.Binary("big", make([]byte, 40_000)...)}}}})
	}
	return regftest.Build(regftest.Key{Name: "root", Keys: keys}, regftest.Options{Minor: minor, List: list, PerLeaf: perLeaf, Tail: 4096})
}

func smallHives() [][]byte {
	return [][]byte{small(5, "lh", 3), small(3, "lf", 0), small(6, "lh", 0), small(4, "li", 2)}
}

// FuzzCheck: no hive makes Check or Repair fail, and what Repair calls whole
// is whole when it is checked from the start.
func FuzzCheck(f *testing.F) {
	for _, h := range smallHives() {
		f.Add(h, uint32(0x1000), uint32(0))
		f.Add(h, uint32(0x1040), uint32(0xffff))
		f.Add(h[:0x9000], uint32(0x28), uint32(0x8000))
	}
	f.Fuzz(func(t *testing.T, hive []byte, at, with uint32) {
		if len(hive) > 1<<22 || len(hive) < 8 {
			return
		}
		hive = bytes.Clone(hive)
		le.PutUint32(hive[int(at)%(len(hive)-4):], with)
		repairs(t, hive)
	})
}

// repairs checks and repairs a hive and returns what is left of damage, -1 when
// it cannot be checked.
func repairs(tb testing.TB, hive []byte) (left int, after []byte) {
	rep, err := regfcheck.Check(bytes.NewReader(hive), int64(len(hive)))
	if err != nil {
		return -1, nil
	}
	fixed, err := regfcheck.Repair(rep, bytes.NewReader(hive))
	if err != nil {
		return -1, nil
	}
	out := applied(tb, hive, fixed.Size, fixed.Patches)
	if again := check(tb, out); again.Damaged != fixed.Rest.Damaged {
		tb.Fatalf("after the repair %d findings, told %d: %v", again.Damaged, fixed.Rest.Damaged, again.Damage())
	}
	if (len(fixed.Patches) > 0) != (len(fixed.Mended) > 0) && !bytes.Equal(out, hive) {
		tb.Fatal("changed silently")
	}
	for _, m := range fixed.Mended {
		if m.Did == "" || m.String() == "" {
			tb.Fatal("mended without a word")
		}
	}
	return fixed.Rest.Damaged, out
}
