package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/vm"
)

// boot starts an IDE machine with a broken XP and returns the serial log when the engine
// is done. change attaches what is started.
func boot(dir string, change func(*vm.Config)) (string, error) {
	g, err := guests.Load("winxp-x86")
	if err != nil {
		return "", err
	}
	disk := filepath.Join(dir, "disk.img")
	if err := g.Write(disk); err != nil {
		return "", err
	}
	c := vm.Config{Machine: "pc", Firmware: vm.BIOS, Disks: []vm.Disk{{Path: disk, Bus: vm.IDE}}}
	change(&c)
	run, err := os.MkdirTemp("", "vm")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(run)
	h, err := vm.Start(c, run)
	if err != nil {
		return "", err
	}
	go endHopeless(h)
	// The floppy cannot switch the machine off; the line is followed by another one.
	if h.WaitFor("bootmend: engine exit code") == nil {
		_ = h.WaitFor("bootmend: init: re") // restart, or the result
		h.Kill()
	}
	err = h.Wait()
	return h.Serial(), err
}

// endHopeless pulls the plug of a machine whose kernel has given up.
func endHopeless(h *vm.Handle) {
	if h.WaitFor("Kernel panic") == nil {
		h.Kill()
	}
}

// completed is what the log says when the repair was done.
const completed = "RESULT repaired and verified"

// starts is how often a start is timed.
const starts = 5

// bootTimes reads the seconds since the kernel's start that init prints when the engine
// has reported.
func bootTimes(dir, where string) ([]figure, error) {
	image, err := media()[0].build(where)
	if err != nil {
		return nil, err
	}
	kernel, initrd, err := vm.ExtractKernel(image, dir)
	if err != nil {
		return nil, err
	}
	var all []figure
	for _, emulate := range []bool{true, false} {
		way := "KVM (aim: 5 s)"
		if emulate {
			way = "emulated (TCG; aim on an idle machine: 15 s)"
		}
		for what, args := range map[string]string{"scan result": vm.ScanOnly, "repaired": "console=tty0 console=ttyS0,115200 " + vm.Unattended} {
			name := "ISO's kernel start to " + what + ", " + way
			if !emulate && !vm.CanKVM() {
				all = append(all, figure{name, "not measured: this machine offers no KVM"})
				continue
			}
			f, err := timed(name, dir, func(c *vm.Config) {
				c.Kernel, c.Initrd, c.Append, c.Emulate = kernel, initrd, args, emulate
			})
			if err != nil {
				return all, err
			}
			all = append(all, f...)
		}
	}
	for _, m := range media()[1:3] {
		if image, err = m.build(where); err != nil {
			return all, err
		}
		f, err := timed(m.name+"'s kernel start to repaired", dir, func(c *vm.Config) { m.attach(c, image) })
		if err != nil {
			return all, err
		}
		all = append(all, f...)
	}
	slices.SortFunc(all, func(a, b figure) int { return strings.Compare(a.name, b.name) })
	return all, nil
}

// timed starts the machine several times.
func timed(name, dir string, change func(*vm.Config)) ([]figure, error) {
	var seconds []float64
	var log string
	for range starts {
		var err error
		if log, err = boot(dir, change); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		t, err := uptime(log, "engine done")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintf(os.Stderr, "bench: %s: %.1f s\n", name, t)
		seconds = append(seconds, t)
	}
	slices.Sort(seconds)
	all := []figure{{name, fmt.Sprintf("%.1f s (median of %d, %.1f to %.1f)", seconds[starts/2], starts, seconds[0], seconds[starts-1])}}
	if loaded, ok := modulesLoaded(log); ok && strings.Contains(name, "scan") {
		all = append(all, figure{"kernel modules loaded on that machine", loaded})
	}
	return all, nil
}

// modulesLoaded is what init says about them.
func modulesLoaded(log string) (string, bool) {
	before, _, ok := strings.Cut(log, " modules loaded [t=")
	words := strings.Fields(before)
	if !ok || len(words) == 0 {
		return "", false
	}
	return words[len(words)-1], true
}

// uptime finds "... what ... [t=12.34]" in the log.
func uptime(log, what string) (float64, error) {
	for _, line := range strings.Split(log, "\n") {
		_, rest, ok := strings.Cut(line, "[t=")
		if !ok || !strings.Contains(line, what) {
			continue
		}
		return strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), "]"), 64)
	}
	return 0, fmt.Errorf("init never said %q with a time", what)
}

// Memory sizes to try, in MiB.
const (
	leastMemory = 16
	memoryStep  = 4
)

// smallestMemory bisects for the smallest -m with which the repair completes, for each
// medium with an aim.
func smallestMemory(dir, where string) ([]figure, error) {
	var all []figure
	var failed error
	for _, m := range media() {
		if m.aim == 0 {
			continue
		}
		f, err := m.smallest(dir, where)
		failed = errors.Join(failed, err)
		all = append(all, f...)
	}
	return all, failed
}

func (m medium) smallest(dir, where string) ([]figure, error) {
	image, err := m.build(where)
	if err != nil {
		return nil, err
	}
	works := func(mib int) (bool, error) {
		log, err := boot(dir, func(c *vm.Config) {
			c.Memory, c.Timeout = mib, 3*time.Minute
			m.attach(c, image)
		})
		if err != nil && !errors.Is(err, vm.ErrTimeout) {
			return false, err
		}
		ok := strings.Contains(log, completed)
		fmt.Fprintf(os.Stderr, "bench: %s: %d MiB: repair completed: %v\n", m.name, mib, ok)
		return ok, nil
	}
	low, high := leastMemory, m.high // low fails, high works
	ok, err := works(high)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("%s: not even %d MiB suffice", m.name, high)
	}
	for high-low > memoryStep {
		mib := (low + high) / 2 / memoryStep * memoryStep
		ok, err := works(mib)
		if err != nil {
			return nil, err
		}
		if ok {
			high = mib
		} else {
			low = mib
		}
	}
	return []figure{{"smallest -m in which the " + m.name + " repairs", fmt.Sprintf("%d MiB (%d MiB is too little; aim: %d)", high, low, m.aim)}}, nil
}
