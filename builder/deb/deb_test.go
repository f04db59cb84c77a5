package deb

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

func ar(members ...string) []byte {
	var b bytes.Buffer
	b.WriteString("!<arch>\n")
	for i := 0; i < len(members); i += 2 {
		fmt.Fprintf(&b, "%-16s%-12d%-6d%-6d%-8s%-10d`\n", members[i], 0, 0, 0, "100644", len(members[i+1]))
		b.WriteString(members[i+1])
		if len(members[i+1])%2 == 1 {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

func tarball(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range []struct{ name, body string }{{"./", ""}, {"./boot/vmlinuz", "kernel"}, {"./etc/x", "odd"}} {
		h := &tar.Header{Name: f.name, Size: int64(len(f.body)), Typeflag: tar.TypeReg, Mode: 0o644}
		if strings.HasSuffix(f.name, "/") {
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, f.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func compress(t *testing.T, ext string, plain []byte) string {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch ext {
	case ".xz":
		w, err = xz.NewWriter(&b)
	case ".zst":
		w, err = zstd.NewWriter(&b)
	case ".gz":
		w = gzip.NewWriter(&b)
	default:
		return string(plain)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWalk(t *testing.T) {
	for _, ext := range []string{"", ".gz", ".xz", ".zst"} {
		t.Run("data.tar"+ext, func(t *testing.T) {
			// The odd length of the first member needs ar's padding.
			pkg := ar("debian-binary", "2.0", "control.tar.xz/", "??", "data.tar"+ext, compress(t, ext, tarball(t)))
			got := map[string]string{}
			err := Walk(bytes.NewReader(pkg), func(name string, r io.Reader) error {
				b, err := io.ReadAll(r)
				got[name] = string(b)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[string]string{"boot/vmlinuz": "kernel", "etc/x": "odd"}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWalkDamage(t *testing.T) {
	good := ar("debian-binary", "2.0\n", "data.tar", string(tarball(t)))
	for _, tt := range []struct {
		name, want string
		pkg        []byte
	}{
		{"empty", "no ar archive", nil},
		{"magic", "no ar archive", append([]byte("PK"), good[2:]...)},
		{"header", "ar header at 8", good[:40]},
		{"header end", "ends with", bytes.Replace(good, []byte("`\n"), []byte("??"), 1)},
		{"size", "size", bytes.Replace(good, []byte("4         `"), []byte("-4        `"), 1)},
		{"member", "no member data.tar", ar("debian-binary", "2.0\n")},
		{"cut tar", "unexpected EOF", good[:len(good)-1800]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := Walk(bytes.NewReader(tt.pkg), func(_ string, r io.Reader) error { _, err := io.Copy(io.Discard, r); return err })
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Walk = %v; want an error with %q", err, tt.want)
			}
		})
	}
}

func FuzzWalk(f *testing.F) {
	f.Add(ar("debian-binary", "2.0\n", "data.tar", ""))
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = Walk(bytes.NewReader(b), func(_ string, r io.Reader) error {
			_, err := io.CopyN(io.Discard, r, 1<<20)
			if err == io.EOF {
				return nil
			}
			return err
		})
	})
}
