package vm

import (
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/guests"
)

// TestExitState: who runs the machine learns the engine's exit code from QEMU itself,
// by isa-debug-exit (2n+1 for the code n) or by the panic event.
func TestExitState(t *testing.T) {
	needQEMU(t)
	campaign(t)
	for _, row := range []struct {
		name, args, device, ends string
	}{
		{"isa-debug repaired", "bootmend.mode=auto bootmend.exit=isa-debug", "isa-debug-exit,iobase=0xf4,iosize=0x04", "exit status 1"},
		{"isa-debug at another port found", "bootmend.mode=scan bootmend.exit=isa-debug:0x501", "isa-debug-exit,iobase=0x501", "exit status 21"},
		{"pvpanic found", "bootmend.mode=scan bootmend.exit=pvpanic", "pvpanic", "GUEST_PANICKED"},
		{"pvpanic repaired", "bootmend.mode=auto bootmend.exit=pvpanic", "pvpanic", "guest-shutdown"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := direct(t, row.args+" bootmend.after=poweroff")
			c.Disks = []Disk{{guests.MustLoad(t, "winxp-x86").Build(t), IDE}}
			c.More = []string{"-device", row.device}
			h := start(t, c)
			m, err := h.Monitor()
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			ended := strings.Join(m.Events(), " ")
			if err := h.Wait(); err != nil {
				ended = err.Error()
			}
			ended += " " + strings.Join(m.Events(), " ")
			if !strings.Contains(ended, row.ends) || row.ends == "guest-shutdown" && strings.Contains(ended, "PANICKED") {
				t.Errorf("the machine ended by %q; want %q", ended, row.ends)
			}
		})
	}
}

// TestKeyStopsCountdown: a person who is there after all presses a key, and the
// machine is not restarted.
func TestKeyStopsCountdown(t *testing.T) {
	needQEMU(t)
	campaign(t)
	c := direct(t, "bootmend.mode=auto")
	c.Disks = []Disk{{guests.MustLoad(t, "winxp-x86").Build(t), IDE}}
	h := start(t, c)
	if err := h.WaitFor("Reboot in 30 s"); err != nil {
		t.Fatal(err)
	}
	if err := h.PressKeys("x"); err != nil {
		t.Fatal(err)
	}
	if err := h.WaitFor("The clock is stopped."); err != nil {
		t.Error(err)
	}
	time.Sleep(40 * time.Second)
	if log := h.Serial(); strings.Contains(log, "bootmend: init: reboot") || !strings.Contains(log, "Press a ") {
		t.Error("the machine was restarted, or shows no menu")
	}
	h.Kill()
	if err := h.Wait(); err != nil {
		t.Error(err)
	}
}
