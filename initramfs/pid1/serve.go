package pid1

import "time"

// serve does one thing: what the kernel command line says at first, what the
// person at the menu says later.
func (s *system) serve(first bool) {
	choice, unattended := s.decide(first)
	switch choice {
	case ChooseRepair:
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

// work runs the engine and does what comes after it.
func (s *system) work(args []string, unattended bool) {
	code := s.runEngine(args)
	for round := 1; round < maxRounds && code == moreToRepair && args[0] == "repair"; round++ {
		s.sayf("more can be repaired now that it can be seen")
		code = s.runEngine(args)
	}
	if unattended {
		switch s.config.After {
		case AfterReboot:
			s.leave(ChooseReboot)
		case AfterPoweroff:
			s.leave(ChoosePoweroff)
		}
	}
	if engineBroken(code) {
		s.sayf("the engine could not do its work; the messages above say why")
		s.runShells()
	}
}
