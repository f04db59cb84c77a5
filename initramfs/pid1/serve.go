package pid1

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bootmend/bootmend/initramfs/efi/efivarfs"
)

// serve does one thing: what the kernel command line says at first, what the
// person at the menu says later.
func (s *system) serve(first bool) {
	choice, unattended := s.decide(first)
	switch choice {
	case ChooseRepair:
		if hold := s.config.Hold; hold != "" && unattended {
			s.sayf("nothing is written without a person, because this was not understood: %s", hold)
			s.work(s.config.ScanArgs(), unattended)
			return
		}
		s.work(s.config.RepairArgs(), unattended)
	case ChooseScan:
		s.work(s.config.ScanArgs(), unattended)
	case ChooseShell:
		s.runShells()
	default:
		s.leave(choice)
	}
}

// decide returns what to do, and whether no person chose it.
func (s *system) decide(first bool) (c Choice, unattended bool) {
	if first {
		switch s.config.Mode {
		case ModeAuto:
			return ChooseRepair, true
		case ModeScan:
			return ChooseScan, true
		case ModeShell:
			return ChooseShell, true
		}
	}
	seconds := 0
	if first && s.config.Mode == ModeMenu && s.incomplete == nil {
		seconds = MenuSeconds
	}
	if c, unattended, ok := s.console(seconds); ok {
		return c, unattended
	}
	keys, stop := s.out.keys()
	defer stop()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	return menu(s.out, keys, tick.C, seconds)
}

// work runs the engine, sends its report, and does what comes after it.
func (s *system) work(args []string, unattended bool) {
	after := AfterMenu
	if unattended {
		after = s.config.After
	}
	trail := TrailNone
	if after == AfterReboot {
		trail = leaveTrail(efivarfs.Dir, time.Now())
	}
	if args[0] == "repair" {
		args = append(args, "--after", string(after), "--trail", string(trail))
	}
	if err := os.Remove(filepath.Join(ReportDir, ReportJSON)); err != nil && !errors.Is(err, os.ErrNotExist) {
		s.sayf("%v", err)
	}
	s.exitCode, s.unread = s.runEngine(args), true
	s.deliver(s.exitCode)
	o := readOutcome(ReportDir, s.exitCode, time.Now())
	o.Ordered, o.Trail = s.config.Mode, trail
	next := Decide(after, o)
	leaves := next.Choice != 0 && s.countdown(next)
	if trail != TrailNone && (o.Repaired || !leaves || next.Choice != ChooseReboot) {
		if err := dropTrail(efivarfs.Dir); err != nil {
			s.sayf("note of the restart: %v", err)
		}
	}
	if leaves {
		s.leave(next.Choice)
	}
	if next.Choice == 0 && engineBroken(s.exitCode) {
		s.sayf("the engine could not do its work; the messages above say why")
		s.runShells()
	}
}

// countdown reports whether nobody pressed a key while it ran. What was typed
// before does not count: it was not meant for this.
func (s *system) countdown(next Next) bool {
	for _, t := range s.out.terms {
		_ = unix.IoctlSetInt(t.fd, unix.TCFLSH, unix.TCIFLUSH)
	}
	keys, stop := s.out.keys()
	defer stop()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	if next.Choice == ChooseReboot {
		s.nameMedia("", 0) // the countdown is the time for it
	}
	return countDown(s.out, keys, tick.C, next)
}
