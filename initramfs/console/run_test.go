package console

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/console/terminal"
	"github.com/bootmend/bootmend/initramfs/report"
)

// slow is an Engine whose commit takes a while.
type slow struct {
	*fake
	begun chan struct{}
	end   chan struct{}
}

func (s slow) Commit(r *report.Run) {
	close(s.begun)
	<-s.end
	s.fake.Commit(r)
}

// TestRunWaitsForTheCommit: neither the end of the program nor a failure of the
// console itself cuts a commit short.
func TestRunWaitsForTheCommit(t *testing.T) {
	for _, name := range []string{"told to end", "the console fails"} {
		t.Run(name, func(t *testing.T) {
			e := slow{broke(), make(chan struct{}), make(chan struct{})}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			r := &runner{model: New(e, Options{}, time.Now()), wheel: wheel{driver: none}, keys: make(chan press), later: make(chan func(), 64), quit: make(chan struct{})}
			ended := make(chan error, 1)
			go func() {
				_, err := r.run(ctx, nil)
				ended <- err
			}()
			do := func(line string) { // in the runner's goroutine, one after the other
				for _, k := range keysOf(line) {
					done := make(chan struct{})
					r.later <- func() {
						for r.model.looking || r.model.job != nil {
							r.work()
							(<-r.later)()
						}
						r.model.Key(k)
						close(done)
					}
					<-done
				}
			}
			do("Enter Enter Enter y")
			<-e.begun
			if name == "told to end" {
				cancel()
			} else {
				r.later <- func() { panic("on purpose") }
			}
			select {
			case <-ended:
				t.Fatal("it did not wait")
			case <-time.After(300 * time.Millisecond):
			}
			close(e.end)
			err := <-ended
			if e.writes != 1 {
				t.Errorf("%d writes", e.writes)
			}
			if failed := err != nil && strings.Contains(err.Error(), "on purpose"); failed != (name == "the console fails") {
				t.Errorf("Run = %v", err)
			}
		})
	}
}

// TestLastTerminal: the console ends when all terminals are gone.
func TestLastTerminal(t *testing.T) {
	r := &runner{model: ready(sound(), Options{}), terms: make([]*terminal.Terminal, 2), gone: make([]bool, 2), wheel: wheel{names: []string{"a", "b"}, driver: none}}
	r.press(press{0, terminal.Gone})
	if _, ended := r.model.Ended(); ended {
		t.Error("ended with a terminal left")
	}
	r.press(press{1, terminal.Gone})
	if o, ended := r.model.Ended(); !ended || o != Quit {
		t.Errorf("ended %t, outcome %d", ended, o)
	}
}
