package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/vm"
)

// boot starts the unattended image from CD on an IDE machine with a broken XP
// and returns the serial log.
func boot(dir string, change func(*vm.Config)) (string, error) {
	iso, err := unattended(dir)
	if err != nil {
		return "", err
	}
	g, err := guests.Load("winxp-x86")
	if err != nil {
		return "", err
	}
	disk := filepath.Join(dir, "disk.img")
	if err := g.Write(disk); err != nil {
		return "", err
	}
	c := vm.Config{Machine: "pc", Firmware: vm.BIOS, CD: iso, Disks: []vm.Disk{{Path: disk, Bus: vm.IDE}}}
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

// bootTimes reads the seconds since the kernel's start that init prints when
// the engine has reported.
func bootTimes(dir string) ([]figure, error) {
	const name = "kernel start to report, "
	ways := []struct {
		name    string
		emulate bool
	}{{"emulated (TCG)", true}, {"KVM", false}}
	var all []figure
	for _, w := range ways {
		if !w.emulate && !vm.CanKVM() {
			all = append(all, figure{name + w.name, "not measured: this machine offers no KVM"})
			continue
		}
		log, err := boot(dir, func(c *vm.Config) { c.Emulate = w.emulate })
		if err != nil {
			return all, err
		}
		t, err := uptime(log, "engine done")
		if err != nil {
			return all, err
		}
		all = append(all, figure{name + w.name, fmt.Sprintf("%.1f s", t)})
	}
	return all, nil
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
	leastMemory = 32
	mostMemory  = 512
	memoryStep  = 8
)

// smallestMemory bisects for the smallest -m with which the repair completes.
func smallestMemory(dir string) ([]figure, error) {
	works := func(m int) (bool, error) {
		log, err := boot(dir, func(c *vm.Config) { c.Memory, c.Timeout = m, 3*time.Minute })
		if err != nil && !errors.Is(err, vm.ErrTimeout) {
			return false, err
		}
		ok := strings.Contains(log, completed)
		fmt.Fprintf(os.Stderr, "bench: %d MiB: repair completed: %v\n", m, ok)
		return ok, nil
	}
	low, high := leastMemory, mostMemory // low fails, high works
	ok, err := works(high)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("not even %d MiB suffice", high)
	}
	for high-low > memoryStep {
		m := (low + high) / 2 / memoryStep * memoryStep
		ok, err := works(m)
		if err != nil {
			return nil, err
		}
		if ok {
			high = m
		} else {
			low = m
		}
	}
	return []figure{{"smallest -m that completes a repair (BIOS, CD)", fmt.Sprintf("%d MiB (%d MiB is too little)", high, low)}}, nil
}
