package fstest

import (
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// TestNTFSWriteRandom mixes all operations on small volumes that become full,
// and compares with a model.
func TestNTFSWriteRandom(t *testing.T) {
	for i, g := range []geometry{{12 << 20, 512, 512}, {16 << 20, 1024, 512}, {24 << 20, 4096, 512}, {48 << 20, 4096, 4096}, {128 << 20, 65536, 512}} {
		t.Run(g.String(), func(t *testing.T) {
			w := newWritten(t, g, uint64(100+i))
			r := &randomOps{written: w, counts: map[string]int{}}
			w.mkdir(t, "dir")
			for batch := range 6 {
				for range 250 {
					r.step(t)
				}
				w.sound(t, fmt.Sprint("batch ", batch))
				compareAll(t, openNTFS(t, w.dev), w.c)
			}
			t.Log(r.counts)
			w.check(t)
		})
	}
}

// randomOps does random operations on a volume and its model.
type randomOps struct {
	*written
	counts map[string]int
}

func (r *randomOps) pick(m map[string]bool) string {
	var list []string
	for p := range m {
		list = append(list, p)
	}
	if len(list) == 0 {
		return ""
	}
	sort.Strings(list)
	return list[r.rnd.IntN(len(list))]
}

func (r *randomOps) file() string {
	m := map[string]bool{}
	for p := range r.c.files {
		m[p] = true
	}
	return r.pick(m)
}

func (r *randomOps) newPath() string {
	dir := ""
	if r.rnd.IntN(5) > 0 && len(r.c.dirs) > 0 {
		dir = r.pick(r.c.dirs) + "/"
	}
	n := 1 + r.rnd.IntN(12)
	if r.rnd.IntN(6) == 0 {
		n = r.rnd.IntN(240)
	}
	return dir + fmt.Sprintf("%s%d.ä%d", strings.Repeat("n", n), r.rnd.IntN(1e5), r.rnd.IntN(100))
}

func (r *randomOps) size() int {
	switch r.rnd.IntN(10) {
	case 0:
		return r.rnd.IntN(1 << 20)
	case 1, 2, 3:
		return r.rnd.IntN(60_000)
	}
	return r.rnd.IntN(2000)
}

// step does one operation. Only a full volume may refuse.
func (r *randomOps) step(t *testing.T) {
	t.Helper()
	var op string
	var err error
	var done func()
	file := r.file()
	switch k := r.rnd.IntN(20); {
	case k < 7 || file == "":
		op, err, done = r.write(r.newPath())
	case k < 9:
		op, err, done = r.write(file)
	case k < 12:
		size := r.size()
		op, err = "resize", r.v.Resize(file, int64(size))
		done = func() {
			r.c.files[file] = append(r.c.files[file], make([]byte, max(0, size-len(r.c.files[file])))...)[:size]
		}
	case k < 15:
		op, err = "remove", r.v.Remove(file)
		done = func() { delete(r.c.files, file) }
	case k < 17:
		to := r.newPath()
		op, err = "rename", r.v.Rename(file, to)
		done = func() { r.c.files[to] = r.c.files[file]; delete(r.c.files, file) }
	case k < 18:
		dir := r.newPath()
		op, err = "mkdir", r.v.Mkdir(dir)
		done = func() { r.c.dirs[dir] = true }
	case k < 19:
		op, err, done = r.rmdir()
	default:
		op, err, done = "attributes", r.v.SetAttributes(file, fs.Attributes(r.rnd.IntN(64))), func() {}
	}
	if err != nil {
		if !errors.Is(err, fs.ErrNoSpace) {
			t.Fatalf("%s: %v", op, err)
		}
		op += " (full)"
	} else {
		done()
	}
	r.counts[op]++
}

func (r *randomOps) write(path string) (string, error, func()) {
	b := r.bytes(r.size())
	err := r.v.WriteFile(path, io.LimitReader(strings.NewReader(string(b)), int64(len(b))), int64(len(b)))
	return "write", err, func() { r.c.files[path] = b }
}

func (r *randomOps) rmdir() (string, error, func()) {
	dir := r.pick(r.c.dirs)
	if dir == "" {
		return "rmdir, none", nil, func() {}
	}
	err := r.v.Remove(dir)
	if errors.Is(err, fs.ErrNotEmpty) {
		return "rmdir, not empty", nil, func() {}
	}
	return "rmdir", err, func() { delete(r.c.dirs, dir) }
}
