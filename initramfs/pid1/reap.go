package pid1

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// reaper starts processes and collects all that end: its own, and those that
// process 1 inherits. It must be the only one in the process that waits for
// children (so os/exec cannot be used beside it).
type reaper struct {
	mu      sync.Mutex
	waiting map[int]chan syscall.WaitStatus
}

func newReaper() *reaper {
	r := &reaper{waiting: map[int]chan syscall.WaitStatus{}}
	chld := make(chan os.Signal, 1)
	signal.Notify(chld, syscall.SIGCHLD)
	go func() {
		// The tick is for a signal that was merged away.
		tick := time.NewTicker(time.Second)
		for {
			r.collect()
			select {
			case <-chld:
			case <-tick.C:
			}
		}
	}()
	return r
}

// start runs a program. done gets its wait status once.
func (r *reaper) start(argv []string, attr *syscall.ProcAttr) (pid int, done <-chan syscall.WaitStatus, err error) {
	// Locked over the fork: a child may end before its channel is there.
	r.mu.Lock()
	defer r.mu.Unlock()
	pid, err = syscall.ForkExec(argv[0], argv, attr)
	if err != nil {
		return 0, nil, err
	}
	ch := make(chan syscall.WaitStatus, 1)
	r.waiting[pid] = ch
	return pid, ch, nil
}

// collect waits for all children that have ended.
func (r *reaper) collect() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		if ch := r.waiting[pid]; ch != nil && (status.Exited() || status.Signaled()) {
			ch <- status
			delete(r.waiting, pid)
		}
	}
}

// exitCode is the shell's number for how a process ended.
func exitCode(s syscall.WaitStatus) int {
	if s.Signaled() {
		return 128 + int(s.Signal())
	}
	return s.ExitStatus()
}
