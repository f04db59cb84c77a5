package fsrandom

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/scope"
)

// config is one run.
type config struct {
	ops, batch int
	largeDir   int // entries of the largest directory
	seed       uint64
	work       string // directory that is made for the operations, "": the root
	plain      bool
	cluster    int64
	maxFile    int64
	clock      func(w fs.Writer)          // gives w its clock
	step       func(scope.Scope) []string // judges the operations since it was last called; problems
	stepEvery  int
	judge      func(tb testing.TB, want view, rng *rand.Rand) []string // judges the volume
}

// run is a run of random operations.
type run struct {
	*config
	tb       testing.TB
	w        fs.Writer
	m        *maker
	done     int
	verbs    map[verb]int
	refused  int
	noSpace  int
	judged   int
	trail    []string    // the last operations
	deadline int         // operations to do, fewer when a failure is replayed
	about    scope.Scope // operations that no step judged yet
}

// campaign: the figures of a release, not those of every day.
func campaign() bool { return os.Getenv("BOOTMEND_CAMPAIGN") == "1" }

// number reads a number from the environment.
func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// start prepares a run; before is what the volume holds already.
func start(tb testing.TB, c *config, w fs.Writer, before *node) *run {
	tb.Helper()
	c.seed = uint64(number("BOOTMEND_SEED", int(c.seed)))
	r := &run{config: c, tb: tb, w: w, verbs: map[verb]int{}, deadline: number("BOOTMEND_OPS", c.ops)}
	r.m = &maker{rng: rand.New(rand.NewPCG(c.seed, 0)), root: before, work: before, cluster: c.cluster, plain: c.plain,
		largeDir: c.largeDir, maxFile: c.maxFile, free: func() int64 { n, _ := w.Free(); return n }}
	if c.work != "" {
		if err := w.Mkdir(`\` + c.work); err != nil {
			tb.Fatal(err)
		}
		r.about.Changes = append(r.about.Changes, scope.Change{Path: `\` + c.work})
		r.m.work = newDir(c.work)
		before.add(r.m.work)
	}
	r.m.dirs = []*node{r.m.work}
	return r
}

// phases of a run: how many hundredths of the operations each takes.
var phases = []struct {
	phase
	percent int
}{{mixed, 25}, {fill, 25}, {full, 15}, {drain, 20}, {mixed, 5}, {drain, 10}}

// all does all operations and judges after every batch.
func (r *run) all() {
	r.tb.Helper()
	began := time.Now()
	if !r.crowd() {
		return
	}
	rest := r.ops - r.done
	for _, p := range phases {
		for range rest * p.percent / 100 {
			if !r.one(p.phase) {
				return
			}
		}
	}
	for r.done < r.ops { // what the hundredths left over
		if !r.one(drain) {
			return
		}
	}
	if r.done%r.batch != 0 && !r.verdict() {
		return
	}
	r.tb.Logf("%d operations %v, %d refused as they should be, %d out of space, judged %d times, %v",
		r.done, r.verbs, r.refused, r.noSpace, r.judged, time.Since(began).Round(time.Second))
}

// crowd fills one directory with small files; false: something failed.
func (r *run) crowd() bool {
	if r.largeDir < 1000 {
		return true
	}
	d := newDir("crowd")
	o := op{verb: mkdir, path: r.m.work.path() + `\crowd`, act: func() { r.m.work.add(d) }}
	if !r.apply(o) {
		return false
	}
	dirs := r.m.dirs
	r.m.dirs = []*node{d}
	for len(d.children) < r.largeDir-200 && r.done < r.deadline && r.noSpace < 20 {
		if o, ok := r.m.write(crowded); ok && !r.apply(o) {
			return false
		}
	}
	r.m.dirs = append(dirs, d)
	r.tb.Logf("%d entries in one directory", len(d.children))
	return true
}

// one makes up an operation and does it; false: enough.
func (r *run) one(p phase) bool {
	if r.done >= r.deadline {
		return r.done%r.batch != 0 && r.verdict() && false
	}
	return r.apply(r.m.next(p))
}

// apply does one operation and compares its result with the model's.
func (r *run) apply(o op) bool {
	r.tb.Helper()
	r.done++
	r.verbs[o.verb]++
	r.trail = append(r.trail, fmt.Sprintf("%d: %v", r.done, o))
	if len(r.trail) > 12 {
		r.trail = r.trail[1:]
	}
	err := r.try(o)
	switch {
	case errors.Is(err, errPanic):
		return r.fail("%v", err)
	case o.wants == anyError && err != nil, o.wants != nil && errors.Is(err, o.wants):
		r.refused++
	case o.wants != nil:
		return r.fail("wanted the error %q, got %v", o.wants, err)
	case errors.Is(err, fs.ErrNoSpace):
		if free := r.m.free(); free > 2*o.size+256*r.cluster+4<<20 {
			return r.fail("%v, but %d bytes are free", err, free)
		}
		r.noSpace++
	case err != nil:
		return r.fail("%v", err)
	default:
		r.about.Changes = append(r.about.Changes, o.change())
		o.act()
	}
	if r.step != nil && r.done%max(1, r.stepEvery) == 0 {
		bad := r.step(r.about)
		r.about.Changes = nil
		if len(bad) > 0 {
			return r.fail("the operation damaged the volume:\n  %s", brief(bad))
		}
	}
	if r.done%r.batch == 0 || r.done > r.deadline-3 && r.deadline < r.ops {
		return r.verdict()
	}
	return true
}

var errPanic = errors.New("panic")

// try does an operation and turns a panic into an error.
func (r *run) try(o op) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v\n%s", errPanic, p, stack())
		}
	}()
	return o.do(r.w)
}

// stack names the functions that a panic came through, without the addresses.
func stack() string {
	var b strings.Builder
	for _, line := range strings.Split(string(debug.Stack()), "\n") {
		if line, ok := strings.CutPrefix(line, "\t"); ok && strings.Contains(line, "initramfs") {
			b.WriteString("    " + line[strings.Index(line, "initramfs"):] + "\n")
		}
	}
	return b.String()
}

// verdict lets everybody look at the volume.
func (r *run) verdict() bool {
	r.tb.Helper()
	r.judged++
	r.about.Changes = nil // the judges look at all of the volume
	want := r.m.root.view()
	if bad := want.differ(fsView(r.tb, r.w), knows{size: true, hash: true, attrs: false}); len(bad) > 0 {
		return r.fail("our own reader:\n  %s", brief(bad))
	}
	if r.judge == nil {
		return true
	}
	if campaign() {
		r.tb.Logf("%d operations, %d paths, %d bytes free", r.done, len(want), r.m.free())
	}
	if bad := r.judge(r.tb, want, rand.New(rand.NewPCG(r.seed, uint64(r.done)))); len(bad) > 0 {
		return r.fail("%s", brief(bad))
	}
	return true
}

// fail ends the run and says how to get here again.
func (r *run) fail(format string, args ...any) bool {
	r.tb.Helper()
	r.tb.Errorf("operation %d of seed %d: %s\nlast operations:\n  %s\nagain: BOOTMEND_SEED=%d BOOTMEND_OPS=%d go test ./tests/fsrandom -run '^%s$'",
		r.done, r.seed, fmt.Sprintf(format, args...), brief(r.trail), r.seed, r.done, strings.ReplaceAll(r.tb.Name(), "/", "$/^"))
	return false
}

// brief joins lines, long ones cut: what a replay shows need not be whole.
func brief(lines []string) string {
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			b.WriteString("\n  ")
		}
		if len(l) > 400 {
			l = strings.ToValidUTF8(l[:200], "") + " ... " + strings.ToValidUTF8(l[len(l)-150:], "")
		}
		b.WriteString(l)
	}
	return b.String()
}

// keep copies the image of a failed run to where BOOTMEND_KEEP says.
func keep(tb testing.TB, path string) {
	dir := os.Getenv("BOOTMEND_KEEP")
	if dir == "" || !tb.Failed() {
		return
	}
	to := filepath.Join(dir, strings.ReplaceAll(tb.Name(), "/", "_")+".img")
	if out, err := foreign.Run("cp", "--sparse=always", path, to); err != nil {
		tb.Logf("%v: %s", err, out)
	}
	tb.Logf("kept as %s", to)
}
