package block

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func image(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "disk.raw")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSectionEnforcesBounds(t *testing.T) {
	content := bytes.Repeat([]byte{0xAA}, 4096)
	d, err := OpenExclusive(image(t, content))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := NewSection(d, Range{4000, 97}); !errors.Is(err, ErrBounds) {
		t.Errorf("section past the end: %v", err)
	}
	if _, err := NewSection(d, Range{1, 1<<63 - 1}); !errors.Is(err, ErrBounds) {
		t.Errorf("overflowing section: %v", err)
	}
	s, err := NewSection(d, Range{1024, 512})
	if err != nil {
		t.Fatal(err)
	}
	for _, off := range []int64{-1, 511, 512, 1 << 62} {
		if n, err := s.WriteAt([]byte{1, 2}, off); n != 0 || !errors.Is(err, ErrBounds) {
			t.Errorf("WriteAt(%d) = %d, %v", off, n, err)
		}
	}
	if _, err := s.WriteAt([]byte{1, 2}, 510); err != nil {
		t.Error(err)
	}
	got := make([]byte, 4)
	if n, err := s.ReadAt(got, 510); n != 2 || err != io.EOF || got[0] != 1 || got[1] != 2 {
		t.Errorf("read at the end: n=%d err=%v % x", n, err, got)
	}
	all := make([]byte, 4096)
	if _, err := d.ReadAt(all, 0); err != nil {
		t.Fatal(err)
	}
	content[1534], content[1535] = 1, 2
	if !bytes.Equal(all, content) {
		t.Error("bytes outside the section changed")
	}
}

func TestReadOnlyRefusesWrites(t *testing.T) {
	d, err := OpenReadOnly(image(t, make([]byte, 512)))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.WriteAt([]byte{1}, 0); !errors.Is(err, ErrReadOnly) {
		t.Errorf("WriteAt = %v", err)
	}
}

// TestMarkedReadOnly: an image that nobody may write is read and never written, by root
// neither, and one that its owner may write is.
func TestMarkedReadOnly(t *testing.T) {
	path := image(t, make([]byte, 512))
	for mode, writable := range map[os.FileMode]bool{0o444: false, 0o400: false, 0o555: false, 0o644: true, 0o600: true} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		d, err := OpenExclusive(path)
		if err == nil {
			d.Close()
		}
		refused := errors.Is(err, ErrReadOnly) && strings.Contains(err.Error(), "chmod u+w") || os.Geteuid() != 0 && errors.Is(err, os.ErrPermission)
		if writable && err != nil || !writable && !refused {
			t.Errorf("mode %04o: %v", mode, err)
		}
		r, err := OpenReadOnly(path)
		if err != nil {
			t.Errorf("mode %04o, to read: %v", mode, err)
			continue
		}
		r.Close()
	}
}

func TestWriteNeverGrowsAnImage(t *testing.T) {
	path := image(t, make([]byte, 512))
	d, err := OpenExclusive(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.WriteAt(make([]byte, 2), 511); !errors.Is(err, ErrBounds) {
		t.Errorf("WriteAt past the end = %v", err)
	}
	if st, _ := os.Stat(path); st.Size() != 512 {
		t.Errorf("size %d", st.Size())
	}
}

func TestFormats(t *testing.T) {
	pad := make([]byte, 4096)
	for format, content := range map[string]string{
		"qcow2": "QFI\xfb\x00\x00\x00\x03", "vmdk": "KDMV", "vhdx": "vhdxfile",
		"vpc": strings.Repeat("x", 4096-512) + "conectix" + strings.Repeat("y", 504),
		"vdi": strings.Repeat("x", 64) + "\x7f\x10\xda\xbe",
	} {
		b := []byte(content)
		if len(b) < len(pad) {
			b = append(b, pad...)
		}
		_, err := OpenReadOnly(image(t, b))
		var fe *FormatError
		if !errors.As(err, &fe) || fe.Format != format || !strings.Contains(err.Error(), "qemu-img convert") {
			t.Errorf("%s: %v", format, err)
		}
	}
	if _, err := OpenReadOnly(image(t, nil)); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("empty file: %v", err)
	}
	if _, err := OpenReadOnly(t.TempDir()); err == nil {
		t.Error("a directory was opened")
	}
}

func TestExclusive(t *testing.T) {
	path := image(t, make([]byte, 512))
	a, err := OpenExclusive(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenExclusive(path); !errors.Is(err, ErrInUse) {
		t.Errorf("second OpenExclusive = %v", err)
	}
	a.Close()

	// What qemu does: read locks on single bytes through an open file description.
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lock := unix.Flock_t{Type: unix.F_RDLCK, Start: 100, Len: 1}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &lock); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenExclusive(path); !errors.Is(err, ErrInUse) {
		t.Errorf("OpenExclusive of an image that a virtual machine holds = %v", err)
	}
}
