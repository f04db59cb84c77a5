package vm

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestCtrlAltDel: the three keys restart the machine at every stage, and a repair
// that is being written is written to its end: the disk is as before, or repaired
// with nothing left open.
func TestCtrlAltDel(t *testing.T) {
	needQEMU(t)
	stages := []struct {
		name, mode, at string
		slow           bool // writes take long, so that the keys come in the middle
		repaired       bool // it must be; otherwise either will do
		ordinary       bool
	}{
		{name: "start", mode: "auto", at: "bootmend: init: image complete"},
		{name: "menu", mode: "", at: "Automatic repair starts in"},
		{name: "engine starts", mode: "auto", at: "bootmend: init: engine starts"},
		{name: "planning", mode: "auto", at: "... carrying the repair out"},
		{name: "planning once more", mode: "auto", at: "... planning once more"},
		{name: "writing", mode: "auto", at: "... writing", slow: true, repaired: true, ordinary: true},
		{name: "judging", mode: "auto", at: "... reading back", repaired: true},
		{name: "countdown", mode: "auto", at: "Reboot in 30 s", repaired: true},
		{name: "shell", mode: "shell", at: "The shell of bootmend"},
	}
	rows := 0
	for _, s := range stages {
		t.Run(s.name, func(t *testing.T) {
			if !s.ordinary {
				campaign(t)
			}
			rows++
			g := guests.MustLoad(t, "winxp-x86")
			args := "bootmend.mode=" + s.mode
			if s.mode == "" {
				args = ""
			}
			c := direct(t, args)
			c.Disks = []Disk{{g.Build(t), IDE}}
			disk := c.Disks[0].Path
			before := hash(t, disk)
			h := start(t, c)
			m, err := h.Monitor()
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			if s.slow {
				throttle(t, m)
			}
			if err := h.WaitFor(s.at); err != nil {
				t.Error(err)
			}
			for range 2 { // who waits presses again
				if err := m.Press("ctrl", "alt", "delete"); err != nil {
					break // it has ended
				}
				time.Sleep(time.Second)
			}
			if err := h.Wait(); err != nil {
				t.Error(err)
			}
			if !m.Saw("SHUTDOWN", "guest-reset") {
				t.Errorf("the machine was not restarted: %q", m.Events())
			}
			log := h.Serial()
			says(t, log, "Ctrl-Alt-Del: the machine restarts as soon as nothing is being written")
			if s.slow {
				says(t, log, "which writes to /dev/sda; do not switch the machine off")
			}
			if s.repaired && strings.Contains(log, "is still running") {
				t.Error("the machine went on")
			}
			if hash(t, disk) == before {
				if s.repaired {
					t.Error("the repair was not written")
				}
				return
			}
			startsAtBoot(t, sound(t, disk, g), g, "IntelIde")
			finished(t, disk)
		})
	}
	t.Logf("%d of %d stages run", rows, len(stages))
}

// throttle makes the first disk take a few writes a second.
func throttle(t *testing.T, m *Monitor) {
	t.Helper()
	limit := map[string]any{"device": "disk0", "bps": 0, "bps_rd": 0, "bps_wr": 0, "iops": 0, "iops_rd": 0, "iops_wr": 4}
	if err := m.Do("block_set_io_throttle", limit); err != nil {
		t.Fatal(err)
	}
}

// finished: the engine on the host finds no open journal and nothing to repair.
func finished(t *testing.T, disk string) {
	t.Helper()
	bin, err := command.Build(filepath.Dir(disk))
	if err != nil {
		t.Fatal(err)
	}
	r := bin.Run(t, "scan", "--machine", "qemu-pc", disk)
	if r.Code != command.ExitOK || strings.Contains(r.Stdout, "journal") {
		t.Errorf("after the restart: %v", r)
	}
}
