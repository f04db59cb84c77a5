package fat

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bootmend/bootmend/initramfs/fs"
)

func total(all []FreeExtent) (n int64) {
	for _, e := range all {
		n += e.Range.Len
	}
	return n
}

// hold sets or clears the bits of entries.
func hold(b []byte, all []FreeExtent, on bool) {
	for _, e := range all {
		for _, bits := range e.Entries {
			for i := bits.First; i < bits.First+bits.Count; i++ {
				at, mask := bits.Off+int64(i/8), byte(1)<<(i%8)
				if b[at] &^= mask; on {
					b[at] |= mask
				}
			}
		}
	}
}

func TestFreeSpace(t *testing.T) {
	for _, kind := range kinds {
		v, o := writable(t, kind)
		for n := uint32(0); n < 150; n++ { // the last clusters hold zeros, others do not
			if c := v.cluster(n + 2); isZero(c) && n%3 != 0 {
				c[5] = 1
			}
		}
		before := bytes.Clone(v.b)
		was, _ := o.Free()
		all, err := o.FreeSpace(10_000, total)
		if err != nil || total(all) < 10_000 {
			t.Fatal(all, err)
		}
		for _, e := range all {
			if !isZero(v.b[e.Range.Off:e.Range.End()]) || len(e.Entries) != 2 {
				t.Errorf("%s: %+v", kind, e)
			}
		}
		hold(v.b, all, true)
		again, err := Open(v)
		if err != nil {
			t.Fatal(err)
		}
		if now, err := again.Free(); err != nil || now != was-total(all) {
			t.Errorf("%s: %d bytes free, %v; was %d", kind, now, err, was)
		}
		for _, e := range all {
			c := Cluster((e.Range.Off/512 - int64(v.data)) + 2)
			if x, err := again.begin().get(c); err != nil || !o.boot.isEnd(x) {
				t.Errorf("%s: entry %#x, %v", kind, x, err)
			}
		}
		hold(v.b, all, false)
		if !bytes.Equal(v.b, before) {
			t.Errorf("%s: not as before", kind)
		}
		if _, err := o.FreeSpace(was+1, total); !errors.Is(err, fs.ErrNoSpace) {
			t.Errorf("%s: %v", kind, err)
		}
		// Clusters whose copies of the FAT differ are nobody's.
		v.set(1, 199, 5)
		if all, err := o.FreeSpace(512, total); !errors.Is(err, fs.ErrNoSpace) {
			t.Errorf("%s: %v, %v", kind, all, err)
		}
	}
}

func TestDirtyFlags(t *testing.T) {
	v := newImage(t, fs.FAT32)
	for i, want := range []State{{Dirty: true}, {Dirty: true}} {
		o, err := Open(v)
		if err != nil {
			t.Fatal(err)
		}
		f := o.DirtyFlags()[i]
		v.b[f.Off] ^= 1 << f.Bit
		if o, err = Open(v); err != nil || o.State() != want {
			t.Errorf("%+v: %+v, %v", f, o.State(), err)
		}
		v.b[f.Off] ^= 1 << f.Bit
	}
	o, err := Open(v)
	if err != nil {
		t.Fatal(err)
	}
	want := []Flag{{0x41, 0, false}, {8*512 + 7, 3, true}, {10*512 + 7, 3, true}}
	if d := cmp.Diff(want, o.DirtyFlags()); d != "" || o.State().Dirty {
		t.Error(d)
	}
}
