package fstest

import (
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/fs/scope"
)

// TestNTFSWriteRandom mixes all operations on small volumes that become full,
// and compares with a model.
func TestNTFSWriteRandom(t *testing.T) {
	for i, g := range []geometry{{12 << 20, 512, 512}, {16 << 20, 1024, 512}, {24 << 20, 4096, 512}, {48 << 20, 4096, 4096}, {128 << 20, 65536, 512}} {
		t.Run(g.String(), func(t *testing.T) {
			w := newWritten(t, g, uint64(100+i))
			w.mkdir(t, "dir")
			r := newRandomOps(t, w)
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
	guard  *guard
	steps  int
}

// newRandomOps starts random operations on a volume. Every few of them are
// judged by what they were about.
func newRandomOps(t *testing.T, w *written) *randomOps {
	t.Helper()
	r := &randomOps{written: w, counts: map[string]int{}, guard: &guard{Device: w.dev, before: map[int64][]byte{}}}
	v, err := ntfs.Open(r.guard)
	mustDo(t, err)
	v.SetClock(func() time.Time { return time.Date(2020, 2, 3, 4, 5, 6, 700, time.UTC) })
	w.v = v
	return r
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
	var about scope.Change
	file := r.file()
	switch k := r.rnd.IntN(20); {
	case k < 7 || file == "":
		about = scope.Change{Path: r.newPath(), Content: true}
		op, err, done = r.write(about.Path)
	case k < 9:
		about = scope.Change{Path: file, Content: true}
		op, err, done = r.write(file)
	case k < 12:
		size := r.size()
		about = scope.Change{Path: file, Content: true}
		op, err = "resize", r.v.Resize(file, int64(size))
		done = func() {
			r.c.files[file] = append(r.c.files[file], make([]byte, max(0, size-len(r.c.files[file])))...)[:size]
		}
	case k < 15:
		about = scope.Change{Path: file, Content: true}
		op, err = "remove", r.v.Remove(file)
		done = func() { delete(r.c.files, file) }
	case k < 17:
		to := r.newPath()
		about = scope.Change{Path: file, To: to}
		op, err = "rename", r.v.Rename(file, to)
		done = func() { r.c.files[to] = r.c.files[file]; delete(r.c.files, file) }
	case k < 18:
		dir := r.newPath()
		about = scope.Change{Path: dir}
		op, err = "mkdir", r.v.Mkdir(dir)
		done = func() { r.c.dirs[dir] = true }
	case k < 19:
		about = scope.Change{Path: r.pick(r.c.dirs), Content: true}
		op, err, done = r.rmdir(about.Path)
	default:
		about = scope.Change{Path: file}
		op, err, done = "attributes", r.v.SetAttributes(file, fs.Attributes(r.rnd.IntN(64))), func() {}
	}
	if err != nil {
		if !errors.Is(err, fs.ErrNoSpace) {
			t.Fatalf("%s: %v", op, err)
		}
		op += " (full)"
	} else {
		done()
		r.guard.about.Changes = append(r.guard.about.Changes, about)
	}
	r.counts[op]++
	if r.steps++; r.steps%(1+r.steps%9) == 0 { // one to nine of them
		r.guard.judge(t)
	}
}

func (r *randomOps) write(path string) (string, error, func()) {
	b := r.bytes(r.size())
	err := r.v.WriteFile(path, io.LimitReader(strings.NewReader(string(b)), int64(len(b))), int64(len(b)))
	return "write", err, func() { r.c.files[path] = b }
}

func (r *randomOps) rmdir(dir string) (string, error, func()) {
	if dir == "" {
		return "rmdir, none", nil, func() {}
	}
	err := r.v.Remove(dir)
	if errors.Is(err, fs.ErrNotEmpty) {
		return "rmdir, not empty", nil, func() {}
	}
	return "rmdir", err, func() { delete(r.c.dirs, dir) }
}
