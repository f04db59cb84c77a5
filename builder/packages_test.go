package builder

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bootmend/bootmend/builder/apt"
)

// tinyDeb is a package with these files.
func tinyDeb(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var data, out bytes.Buffer
	w := tar.NewWriter(&data)
	for name, content := range files {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&out, "!<arch>\n%-16s%-12d%-6d%-6d%-8s%-10d`\n", "data.tar", 0, 0, 0, "100644", data.Len())
	out.Write(data.Bytes())
	return out.Bytes()
}

// cached is an offline cache with one package, and where its parts lie.
func cached(t *testing.T, files map[string]string) (c *packageCache, deb, note string, logged *strings.Builder) {
	t.Helper()
	content := tinyDeb(t, files)
	p := apt.Package{Name: "tiny", Version: "1:2", Architecture: "amd64", Source: "tiny", SHA256: fmt.Sprintf("%x", sha256.Sum256(content))}
	logged = &strings.Builder{}
	o := Options{Cache: t.TempDir(), Offline: true, Logf: func(f string, a ...any) { fmt.Fprintf(logged, f+"\n", a...) }}
	deb = filepath.Join(o.Cache, "deb", p.File())
	note = filepath.Join(o.Cache, "packages/amd64/tiny.json")
	if err := errors.Join(writeWhole(deb, content), writeNote(note, noteOf(p, 0))); err != nil {
		t.Fatal(err)
	}
	return newPackageCache(o, AMD64), deb, note, logged
}

// noteOf is apt's answer of that age.
func noteOf(p apt.Package, age time.Duration) note {
	return note{Asked: time.Now().Add(-age), Package: p}
}

var tinyFiles = map[string]string{"./usr/bin/tiny": "program", "./usr/share/doc/tiny/copyright": "see /usr/share/common-licenses/GPL-2"}

// again is a cache as a next run finds it.
func again(c *packageCache) *packageCache {
	return newPackageCache(Options{Cache: c.dir, Offline: c.offline, Logf: c.logf}, c.arch)
}

// TestUnpackedDamaged: whatever happened to the unpacked files, they come from the
// package again.
func TestUnpackedDamaged(t *testing.T) {
	c, _, _, logged := cached(t, tinyFiles)
	dir, err := c.unpack("tiny")
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "usr/bin/tiny")
	for name, damage := range map[string]func() error{
		"changed":    func() error { return os.WriteFile(program, []byte("Program"), 0o644) },
		"cut":        func() error { return os.Truncate(program, 3) },
		"gone":       func() error { return os.Remove(program) },
		"no sums":    func() error { return os.Remove(dir + sumsSuffix) },
		"other sums": func() error { return os.WriteFile(dir+sumsSuffix, []byte("0\n"), 0o644) },
		"bad sums": func() error {
			return os.WriteFile(dir+sumsSuffix, seal([]byte(c.found["tiny"].SHA256+"\nx ../../y\n")), 0o644)
		},
		"sums of none": func() error {
			return errors.Join(os.WriteFile(dir+sumsSuffix, seal([]byte(c.found["tiny"].SHA256+"\n")), 0o644), os.WriteFile(program, []byte("Program"), 0o644))
		},
		"cut sums": func() error {
			info, err := os.Stat(dir + sumsSuffix)
			if err != nil {
				return err
			}
			return errors.Join(os.Truncate(dir+sumsSuffix, info.Size()-20), os.WriteFile(program, []byte("Program"), 0o644))
		},
		"a file more":  func() error { return os.WriteFile(filepath.Join(dir, "usr/bin/other"), nil, 0o644) },
		"directory":    func() error { return os.RemoveAll(dir) },
		"left by half": func() error { return os.MkdirAll(filepath.Join(c.dir, "unpacked/tmp-1/usr"), 0o755) },
	} {
		if err := damage(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again, err := again(c).unpack("tiny")
		b, readErr := os.ReadFile(program)
		if err != nil || readErr != nil || again != dir || string(b) != "program" {
			t.Errorf("%s: %q, %v, %v: %q", name, again, err, readErr, b)
		}
		if _, err := os.Stat(filepath.Join(dir, "usr/bin/other")); err == nil {
			t.Errorf("%s: a file that is none of the package's is still there", name)
		}
	}
	if !strings.Contains(logged.String(), "not what they were") {
		t.Errorf("nothing was said: %s", logged)
	}
	if p := c.origin(dir); p.Licence != "GPL-2.0-only" || p.Version != "1:2" {
		t.Errorf("origin = %+v", p)
	}
}

// TestUnpackTells: how much of the package was read, up to its end.
func TestUnpackTells(t *testing.T) {
	c, deb, _, _ := cached(t, tinyFiles)
	info, err := os.Stat(deb)
	if err != nil {
		t.Fatal(err)
	}
	last := int64(0)
	c.tell = func(done, total int64) {
		if done < last || done > total || total != info.Size() {
			t.Errorf("%d of %d after %d; the package has %d", done, total, last, info.Size())
		}
		last = done
	}
	if _, err := c.unpack("tiny"); err != nil || last == 0 {
		t.Errorf("told %d, %v", last, err)
	}
}

// TestTwoUnpack: of builds at once that share a cache one unpacks a package and the others
// take what it has unpacked.
func TestTwoUnpack(t *testing.T) {
	c, _, _, _ := cached(t, tinyFiles)
	var all sync.WaitGroup
	var unpacked atomic.Int32
	for range 8 {
		other := newPackageCache(Options{Cache: c.dir, Offline: true, Logf: func(format string, _ ...any) {
			if strings.HasPrefix(format, "unpacking") {
				unpacked.Add(1)
			}
		}}, AMD64)
		all.Go(func() {
			dir, err := other.unpack("tiny")
			if err != nil {
				t.Error(err)
				return
			}
			if b, err := os.ReadFile(filepath.Join(dir, "usr/bin/tiny")); err != nil || string(b) != "program" {
				t.Errorf("%q, %v", b, err)
			}
		})
	}
	all.Wait()
	if n := unpacked.Load(); n != 1 {
		t.Errorf("it was unpacked %d times", n)
	}
}

// TestPackageDamaged: a package whose checksum is not that of apt's lists is never
// unpacked.
func TestPackageDamaged(t *testing.T) {
	for name, damage := range map[string]func(deb, note string) error{
		"one bit":  oneBit,
		"cut":      func(deb, _ string) error { return os.Truncate(deb, 100) },
		"gone":     func(deb, _ string) error { return os.Remove(deb) },
		"note":     func(_, note string) error { return os.WriteFile(note, []byte("{"), 0o644) },
		"its seal": func(_, file string) error { return oneBit(file, "") },
		"no note":  func(_, note string) error { return os.Remove(note) },
		"its name": func(_, file string) error { return writeNote(file, noteOf(apt.Package{Name: "other"}, 0)) },
	} {
		c, deb, note, _ := cached(t, tinyFiles)
		if err := damage(deb, note); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if dir, err := c.unpack("tiny"); err == nil || !strings.Contains(err.Error(), "build once without") {
			t.Errorf("%s: unpacked to %s, %v", name, dir, err)
		}
		if found, _ := filepath.Glob(filepath.Join(c.dir, "unpacked", "tiny*")); len(found) > 0 {
			t.Errorf("%s: left %q", name, found)
		}
	}
}

func oneBit(deb, _ string) error {
	b, err := os.ReadFile(deb)
	if err != nil {
		return err
	}
	b[max(len(b)-600, len(b)/2)] ^= 1
	return os.WriteFile(deb, b, 0o644)
}

// TestFresh: apt's answer is taken for an hour, not of the future, and not when its lists
// were fetched since.
func TestFresh(t *testing.T) {
	now := time.Unix(1.7e9, 0)
	for name, c := range map[string]struct {
		asked, lists time.Duration // before now
		want         bool
	}{
		"just now": {0, 48 * time.Hour, true}, "half an hour": {30 * time.Minute, 31 * time.Minute, true},
		"an hour": {time.Hour, 48 * time.Hour, false}, "of the future": {-time.Minute, 48 * time.Hour, false},
		"lists since": {30 * time.Minute, 29 * time.Minute, false},
	} {
		n := note{Asked: now.Add(-c.asked)}
		if got := n.fresh(now, now.Add(-c.lists)); got != c.want {
			t.Errorf("%s: fresh = %t", name, got)
		}
		if n.Partial = true; n.fresh(now, now.Add(-c.lists)) {
			t.Errorf("%s: fresh although the lists were not complete", name)
		}
	}
}

// TestStaleness: how old the versions are is said once, and again for much older ones.
func TestStaleness(t *testing.T) {
	c, _, file, logged := cached(t, tinyFiles)
	n, err := readNote(file, "tiny")
	if err != nil {
		t.Fatal(err)
	}
	n.Asked = time.Now().Add(-75 * time.Hour)
	if err := writeNote(file, n); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := c.find("tiny"); err != nil {
			t.Fatal(err)
		}
		c.found = map[string]apt.Package{}
	}
	if got := logged.String(); strings.Count(got, "that apt named 3 days ago (--offline") != 1 {
		t.Errorf("said: %q", got)
	}
	n.Asked = time.Now().Add(-1000 * time.Hour)
	if err := writeNote(file, n); err != nil {
		t.Fatal(err)
	}
	if _, err := c.find("tiny"); err != nil || !strings.Contains(logged.String(), "41 days ago") {
		t.Errorf("%v, said: %q", err, logged)
	}
}

func TestPackageLeadsOut(t *testing.T) {
	c, _, _, _ := cached(t, map[string]string{"a\nb": "x"})
	if dir, err := c.unpack("tiny"); err == nil {
		t.Errorf("unpacked to %s", dir)
	}
}
