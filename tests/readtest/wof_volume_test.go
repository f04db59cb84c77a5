package readtest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs/wof"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// reparsePoint is what compact.exe sets.
func reparsePoint(a wof.Algorithm) []byte {
	b := binary.LittleEndian.AppendUint32(nil, wof.Tag)
	for _, u := range []uint32{16, 1, 2, 1, uint32(a)} {
		b = binary.LittleEndian.AppendUint32(b, u)
	}
	return b
}

// putOverlaid makes a file as the filter keeps it.
func putOverlaid(t *testing.T, path string, a wof.Algorithm, r resource) {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, r.plain); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+":"+wof.StreamName, r.data, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setxattr(path, "system.ntfs_reparse_data", reparsePoint(a), 0); err != nil {
		t.Fatal(err)
	}
}

// TestWOFVolume: files that wimlib compressed, put onto a volume by ntfs-3g,
// are read like plain ones.
func TestWOFVolume(t *testing.T) {
	dir := t.TempDir()
	files := sample(t, dir, 40)
	image := volume.NTFS(t, 128<<20, 4096, 512)
	want := map[string][]byte{}
	volume.Fill(t, image, func(mount string) {
		for _, a := range algorithms {
			for _, r := range capture(t, dir, a, 50) {
				if r.flags&compressed == 0 {
					continue
				}
				name := fmt.Sprintf("%v-%s", a, r.digest)
				putOverlaid(t, filepath.Join(mount, name), a, r)
				want[name] = files[r.digest]
			}
		}
	})
	v := openVolume(t, image)
	r := random(t)
	reads, total := 0, 0
	for name, want := range want {
		f, err := v.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 30 {
			off, k := 0, len(want)
			if n > 0 {
				off = r.IntN(len(want) + 1)
				k = r.IntN(min(len(want)-off+1, 1<<(1+r.IntN(18))))
			}
			p := bytes.Repeat([]byte{0xa5}, k)
			if got, err := f.ReadAt(p, int64(off)); got != k && k > 0 || err != nil && err != io.EOF || !bytes.Equal(p, want[off:off+k]) {
				t.Fatalf("%s: %d at %d: %d, %v", name, k, off, got, err)
			}
			reads, total = reads+1, total+k
		}
	}
	t.Logf("%d files, %d reads, %d bytes", len(want), reads, total)
	libfsntfs(t, image, want)
}

// libfsntfs compares the files as libfsntfs reads them, where its Python module
// is installed. Version 20200921 of Debian 12 knows WOF, with errors: it is
// asked whether the volume is as a WOF reader expects it, wimlib's digests say
// what the bytes are.
func libfsntfs(t *testing.T, image string, want map[string][]byte) {
	t.Helper()
	if _, err := tool.Run("/usr/bin/python3", "-c", "import pyfsntfs"); err != nil {
		t.Logf("SKIP-TOOL pyfsntfs: not installed")
		return
	}
	const script = `
import sys, hashlib, pyfsntfs
v = pyfsntfs.volume()
v.open(sys.argv[1])
for e in v.get_root_directory().sub_file_entries:
    if "-" in e.name:
        try:
            data = e.read(e.get_size()) if e.get_size() else b""
            print(e.name, hashlib.sha1(data).hexdigest())
        except Exception as x:
            print(e.name, "error:", x)
`
	same, other := 0, map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(string(tool.Must(t, "/usr/bin/python3", "-c", script, image))), "\n") {
		name, sum, _ := strings.Cut(line, " ")
		a, digest, _ := strings.Cut(name, "-")
		if sum == digest {
			same++
		} else {
			other[a]++ // mostly errors: long matches and the last chunk are beyond it
		}
	}
	t.Logf("libfsntfs reads %d of %d files the same; not: %v", same, len(want), other)
	if same < len(want)*3/4 {
		t.Errorf("libfsntfs reads only %d of %d files", same, len(want))
	}
}
