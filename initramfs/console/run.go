package console

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/bootmend/bootmend/initramfs/console/terminal"
)

// press is a key at a terminal.
type press struct {
	at  int
	key terminal.Key
}

// runner connects a model with the world.
type runner struct {
	model *Model
	terms []*terminal.Terminal
	gone  []bool
	heard []time.Time // of each terminal: when its last key came
	wheel wheel

	keys  chan press
	later chan func()    // to be called in the runner's goroutine
	quit  chan struct{}  // closed when nobody listens any more
	jobs  sync.WaitGroup // work of the engine that must not be interrupted
}

// Run shows the console until it ends. Cancelling ctx ends it like the closing of
// the last terminal: after a commit that is running. redraw asks for everything to
// be sent once more. An error is one of the console itself; that, too, does not
// interrupt a commit.
func Run(ctx context.Context, e Engine, o Options, terms []*terminal.Terminal, redraw <-chan struct{}) (Outcome, error) {
	r := &runner{model: New(e, o, time.Now()), terms: terms, gone: make([]bool, len(terms)), heard: make([]time.Time, len(terms)), wheel: wheel{driver: none},
		keys: make(chan press), later: make(chan func(), 64), quit: make(chan struct{})}
	for _, t := range terms {
		r.wheel.names = append(r.wheel.names, t.Name)
	}
	return r.run(ctx, redraw)
}

func (r *runner) run(ctx context.Context, redraw <-chan struct{}) (outcome Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("bootmend console itself failed: %v", p)
		}
		close(r.quit)
		r.jobs.Wait()
	}()
	for i, t := range r.terms {
		go t.Read(r.quit, func(k terminal.Key) {
			select {
			case r.keys <- press{i, k}:
			case <-r.quit:
			}
		})
	}
	return r.loop(ctx, redraw), nil
}

// beat is how often the clock is looked at.
const beat = 250 * time.Millisecond

func (r *runner) loop(ctx context.Context, redraw <-chan struct{}) Outcome {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	told := ctx.Done()
	for {
		r.work()
		if o, ended := r.model.Ended(); ended {
			return o
		}
		r.show(false)
		select {
		case p := <-r.keys:
			r.press(p)
		case f := <-r.later:
			f()
		case now := <-tick.C:
			r.model.Tick(now)
		case <-redraw:
			r.show(true)
		case <-told:
			told = nil
			r.model.Closed()
		}
	}
}

func (r *runner) show(all bool) {
	f := r.model.Frame()
	for i, t := range r.terms {
		switch {
		case r.gone[i]:
		case all:
			t.Repaint(f)
		default:
			t.Show(f)
		}
	}
}

func (r *runner) press(p press) {
	switch p.key {
	case terminal.Gone:
		r.gone[p.at] = true
		for _, gone := range r.gone {
			if !gone {
				return
			}
		}
		r.model.Closed()
	case terminal.CtrlL:
		r.terms[p.at].Repaint(r.model.Frame())
	default:
		if now := r.model.now; now.Sub(r.heard[p.at]) >= quiet {
			// Somebody may have attached this terminal only now.
			defer func() { r.terms[p.at].Repaint(r.model.Frame()) }()
		}
		r.heard[p.at] = r.model.now
		counts, say := r.wheel.turn(p.at, p.key, r.model.now)
		if counts {
			r.model.Key(p.key)
		}
		if say != "" {
			r.model.say("%s", say)
		}
	}
}

// work carries a job out that the model has begun.
func (r *runner) work() {
	run, commits, ok := r.model.Pending()
	if !ok {
		return
	}
	if commits {
		r.jobs.Add(1)
	}
	go func() {
		if commits {
			defer r.jobs.Done()
		}
		var last time.Time
		h := Hearer{
			Doing: func(what string) { r.send(func() { r.model.Doing(what) }) },
			Bytes: func(what string, done, total int64) {
				if done < total && time.Since(last) < beat/2 {
					return // a person cannot read more, a serial line not send it
				}
				last = time.Now()
				r.send(func() { r.model.Bytes(what, done, total) })
			},
		}
		r.send(run(h))
	}()
}

// send has f called in the runner's goroutine, unless that has ended.
func (r *runner) send(f func()) {
	select {
	case r.later <- f:
	case <-r.quit:
	}
}
