package ramfs

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	ucpio "github.com/u-root/u-root/pkg/cpio"
)

var mtime = time.Unix(1700000000, 0)

func sample() []Entry {
	return Parents([]Entry{
		{Name: "dev/console", Kind: Device, Perm: 0o600, Major: 5, Minor: 1},
		{Name: "etc/manifest", Perm: 0o444, Content: []byte("abc")},
		{Name: "init", Kind: Link, Perm: 0o777, Target: "bbin/init"},
		{Name: "tmp", Kind: Dir, Perm: 0o1777},
	})
}

// records reads both archives of the stream with u-root's reader.
func records(t *testing.T, b []byte) []ucpio.Record {
	t.Helper()
	var all []ucpio.Record
	for range 2 {
		list, err := ucpio.ReadAllRecords(ucpio.Newc.Reader(bytes.NewReader(b)))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list...)
		i := bytes.Index(b, []byte("TRAILER!!!"))
		next := bytes.Index(b[i:], []byte("070701"))
		if next < 0 {
			break
		}
		b = b[i+next:]
	}
	return all
}

func TestWrite(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, sample(), mtime); err != nil {
		t.Fatal(err)
	}
	type entry struct {
		Name                 string
		Mode, Major, Minor   uint64
		Size, MTime, UID     uint64
		UniqueInodeSoFar, In bool
	}
	var got []entry
	inodes := map[uint64]bool{}
	for _, r := range records(t, b.Bytes()) {
		got = append(got, entry{r.Name, r.Mode, r.Rmajor, r.Rminor, r.FileSize, r.MTime, r.UID, !inodes[r.Ino], true})
		inodes[r.Ino] = true
	}
	at := uint64(mtime.Unix())
	want := []entry{
		{"dev", 0o40755, 0, 0, 0, at, 0, true, true},
		{"dev/console", 0o20600, 5, 1, 0, at, 0, true, true},
		{"dev", 0o40755, 0, 0, 0, at, 0, true, true},
		{"etc", 0o40755, 0, 0, 0, at, 0, true, true},
		{"etc/manifest", 0o100444, 0, 0, 3, at, 0, true, true},
		{"init", 0o120777, 0, 0, 9, at, 0, true, true},
		{"tmp", 0o41777, 0, 0, 0, at, 0, true, true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWriteZstdSameBytes(t *testing.T) {
	var first, second bytes.Buffer
	for _, b := range []*bytes.Buffer{&first, &second} {
		if err := WriteZstd(b, sample(), mtime); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two archives of the same entries differ")
	}
	// The kernel refuses larger windows: a reader with that limit must do.
	r, err := zstd.NewReader(&first, zstd.WithDecoderMaxWindow(zstdWindow))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var plain, direct bytes.Buffer
	if _, err := r.WriteTo(&plain); err != nil {
		t.Fatal(err)
	}
	if err := Write(&direct, sample(), mtime); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(plain.Bytes(), direct.Bytes()) {
		t.Error("decompressed archive differs from the plain one")
	}
}

func TestParents(t *testing.T) {
	var got []string
	for _, e := range Parents([]Entry{{Name: "a/b/c"}, {Name: "a", Kind: Dir}, {Name: "a/d"}, {Name: "e"}}) {
		got = append(got, e.Name)
	}
	if diff := cmp.Diff([]string{"a", "a/b", "a/b/c", "a/d", "e"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestManifest(t *testing.T) {
	// "abc" has the CRC-32 352441c2 (RFC 1952's polynomial).
	if got, want := Manifest(sample()), "352441c2 3 etc/manifest\n"; got != want {
		t.Errorf("Manifest = %q; want %q", got, want)
	}
}
