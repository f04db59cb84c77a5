package fstest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// TestNTFSWriteLinks replaces and removes names of files with hard links,
// named streams, object IDs and reparse points, all made by ntfs-3g.
func TestNTFSWriteLinks(t *testing.T) {
	tool.Need(t, "ntfscat", "ntfsinfo")
	w := newWritten(t, geometry{64 << 20, 4096, 512}, 31)
	old := w.bytes(20_000)
	volume.Fill(t, w.image, func(dir string) {
		mustDo(t, os.Mkdir(filepath.Join(dir, "winsxs"), 0o777))
		mustDo(t, os.WriteFile(filepath.Join(dir, "winsxs", "file.sys"), old, 0o666))
		mustDo(t, os.WriteFile(filepath.Join(dir, "winsxs", "file.sys:small"), []byte("named"), 0o666))
		mustDo(t, os.WriteFile(filepath.Join(dir, "winsxs", "file.sys:large"), old[:9999], 0o666))
		mustDo(t, os.Link(filepath.Join(dir, "winsxs", "file.sys"), filepath.Join(dir, "file.sys")))
		mustDo(t, os.WriteFile(filepath.Join(dir, "plain"), old, 0o666))
		mustDo(t, os.WriteFile(filepath.Join(dir, "plain:stream"), []byte("kept"), 0o666))
		for _, n := range []string{"a", "b", "c"} {
			path := filepath.Join(dir, "object "+n)
			mustDo(t, os.WriteFile(path, nil, 0o666))
			mustDo(t, unix.Setxattr(path, "system.ntfs_object_id", bytes.Repeat([]byte(n), 16), 0))
			path = filepath.Join(dir, "reparse "+n)
			mustDo(t, os.WriteFile(path, nil, 0o666))
			mustDo(t, unix.Setxattr(path, "system.ntfs_reparse_data", wofPoint(), 0))
		}
	})
	w.v = openNTFS(t, w.dev)
	w.c.dirs["winsxs"] = true
	w.c.files["winsxs/file.sys"], w.c.files["object a"], w.c.files["object c"] = old, nil, nil
	if n, m := entriesOf(t, w, "$ObjId"), entriesOf(t, w, "$Reparse"); n < 3 || m < 3 {
		t.Fatalf("%d object IDs, %d reparse points before", n, m)
	}
	before := [2]int{entriesOf(t, w, "$ObjId"), entriesOf(t, w, "$Reparse")}
	w.put(t, "file.sys", 30_000)
	w.put(t, "plain", 100)
	w.put(t, "reparse b", 5000)
	for _, n := range []string{"object b", "reparse a", "reparse c"} {
		w.remove(t, n)
	}
	w.check(t)
	for name, want := range map[string]string{"file.sys:small": "named", "winsxs/file.sys:small": "named", "plain:stream": "kept", "file.sys:large": string(old[:9999])} {
		file, stream, _ := strings.Cut(name, ":")
		if got := tool.Must(t, "ntfscat", "-f", "-n", stream, w.image, "/"+file); string(got) != want {
			t.Errorf("%s: %d bytes, want %d", name, len(got), len(want))
		}
	}
	if n, m := entriesOf(t, w, "$ObjId"), entriesOf(t, w, "$Reparse"); n != before[0]-1 || m != before[1]-3 {
		t.Errorf("%d object IDs, %d reparse points after; before %v", n, m, before)
	}
	if info := tool.Must(t, "ntfsinfo", "-f", "-F", "/winsxs/file.sys", w.image); !regexp.MustCompile(`Number of Hard Links:\s+1 `).Match(info) {
		t.Errorf("links of the old file:\n%s", info)
	}
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wofPoint is a reparse point of CompactOS: tag, length, version and kind of
// the provider, version and XPRESS4K.
func wofPoint() []byte {
	b := binary.LittleEndian.AppendUint32(nil, 0x80000017)
	b = binary.LittleEndian.AppendUint32(b, 16)
	for _, n := range []uint32{1, 2, 1, 0} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return b
}

// entriesOf counts the entries of the indexes of a file in $Extend.
func entriesOf(t *testing.T, w *written, name string) int {
	t.Helper()
	info := tool.Must(t, "ntfsinfo", "-f", "-v", "-F", "/$Extend/"+name, w.image)
	n := 0
	for _, m := range regexp.MustCompile(`Key length:\s+(\d+)`).FindAllSubmatch(info, -1) {
		if string(m[1]) != "0" {
			n++
		}
	}
	return n
}

// TestNTFSWriteErrors wants a typed error, and no changed byte, for each thing
// that cannot be done on NTFS only; see TestTypedErrors for the others.
func TestNTFSWriteErrors(t *testing.T) {
	w := newWritten(t, geometry{16 << 20, 4096, 512}, 32)
	w.mkdir(t, "dir")
	w.mkdir(t, "dir/sub")
	w.put(t, "dir/file", 10_000)
	before, err := os.ReadFile(w.image)
	mustDo(t, err)
	write := func(path string, n int64) error { return w.v.WriteFile(path, zeroReader{}, n) }
	for _, c := range []struct {
		what string
		err  error
		want error
	}{
		{"metadata", w.v.Remove("$Bitmap"), fs.ErrUnsupported},
		{"metadata directory", write("$Extend/x", 1), fs.ErrUnsupported},
		{"input too short", w.v.WriteFile("dir/file", strings.NewReader("x"), 20_000), io.ErrUnexpectedEOF},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", c.what, c.err, c.want)
		}
	}
	if after, err := os.ReadFile(w.image); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the image changed, %v", err)
	}
	w.check(t)
}

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { clear(p); return len(p), nil }
