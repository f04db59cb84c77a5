package pid1

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/bootmend/bootmend/initramfs/pid1/deliver"
)

// Choice is an entry of the boot menu.
type Choice int

const (
	ChooseRepair Choice = iota + 1
	ChooseScan
	ChooseShell
	ChooseReboot
	ChoosePoweroff
)

func (c Choice) String() string {
	switch c {
	case ChooseRepair:
		return "Automatic repair"
	case ChooseScan:
		return "Scan only (writes nothing)"
	case ChooseShell:
		return "Shell"
	case ChooseReboot:
		return "Reboot"
	case ChoosePoweroff:
		return "Power off"
	}
	return fmt.Sprintf("Choice(%d)", int(c))
}

// MenuSeconds is the countdown to the automatic repair.
const MenuSeconds = 10

// menu shows the boot menu and returns what was chosen. With seconds > 0 it
// counts that many ticks down to the automatic repair; any key stops that. The
// key of an entry is its number; Enter is the first entry. unattended tells that
// the clock chose.
func menu(out io.Writer, keys <-chan byte, ticks <-chan time.Time, seconds int) (c Choice, unattended bool) {
	fmt.Fprint(out, "\n  bootmend\n\n")
	for c := ChooseRepair; c <= ChoosePoweroff; c++ {
		fmt.Fprintf(out, "    %d  %s\n", int(c), c)
	}
	fmt.Fprint(out, "\n  Press a number, or Enter for 1.\n")
	if seconds > 0 {
		fmt.Fprintf(out, "\r  Automatic repair starts in %2d s. Any other key stops the clock. ", seconds)
	}
	for {
		select {
		case key := <-keys:
			if c := Choice(key - '0'); c >= ChooseRepair && c <= ChoosePoweroff {
				fmt.Fprintf(out, "\n  %s\n", c)
				return c, false
			}
			if key == '\r' || key == '\n' {
				fmt.Fprintf(out, "\n  %s\n", ChooseRepair)
				return ChooseRepair, false
			}
			// A floating serial line makes bytes that no person types.
			if seconds > 0 && (key == 0x1B || key >= ' ' && key <= '~') {
				seconds = 0
				fmt.Fprint(out, "\n  The clock is stopped.\n")
			}
		case <-ticks:
			if seconds == 0 {
				continue
			}
			if seconds--; seconds == 0 {
				fmt.Fprintf(out, "\n  %s\n", ChooseRepair)
				return ChooseRepair, true
			}
			fmt.Fprintf(out, "\r  Automatic repair starts in %2d s. Any other key stops the clock. ", seconds)
		}
	}
}

// Exit codes by which bootmend console tells process 1 what a person chose. Any
// other one says that it could not run, or that its terminals went away.
const (
	ConsoleAutomatic  = 60 + iota // the automatic repair
	ConsoleUnattended             // the same, because the countdown ended
	ConsoleShell
	ConsoleReboot
	ConsolePowerOff
)

// console hands the terminals over to the full-screen interface, and returns what
// the person chose there. Not ok: it could not run, and the text menu has to do.
func (s *system) console(seconds int) (c Choice, unattended, ok bool) {
	if s.incomplete != nil || !fullScreen {
		return 0, false, false // the engine is not started on such an image
	}
	if s.unread {
		s.pause()
	}
	defer quietKernel()()
	defer s.keepPlugging()()
	code, err := s.runOnConsoles(consoleArgs(s.out.paths(), s.notes, s.config, seconds))
	for _, t := range s.out.terms {
		t.setup() // a program that was killed leaves its terminal as it was
	}
	if err != nil {
		s.sayf("console: %v", err)
	}
	if c, unattended, ok = consoleChoice(code); !ok {
		s.sayf("the full-screen interface ended with exit code %d; here is the text menu", code)
	}
	return c, unattended, ok
}

// plugWait is how often is looked for devices that were attached meanwhile.
const plugWait = 2 * time.Second

// keepPlugging loads modules for what is attached, a USB stick with drivers above
// all, until the function that it returns is called.
func (s *system) keepPlugging() (stop func()) {
	if s.plug == nil {
		return func() {}
	}
	s.plug.report = func(string, error) {} // nothing is written beside the full-screen interface
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-quit:
				return
			case <-s.after(plugWait):
				s.plug.round()
			}
		}
	}()
	return func() {
		close(quit)
		<-done
	}
}

// pause waits for a key, so that what the engine said can be read.
func (s *system) pause() {
	s.unread = false
	fmt.Fprint(s.out, "\n  Press a key for the menu. ")
	keys, stop := s.out.keys()
	defer stop()
	for key := range keys {
		if key == '\r' || key == '\n' || key == 0x1B || key >= ' ' && key <= '~' { // no noise of a floating line
			return
		}
	}
}

func consoleArgs(terminals, notes []string, c Config, seconds int) []string {
	args := []string{enginePath, "console"}
	for _, n := range notes {
		args = append(args, "--note", n)
	}
	for _, path := range terminals {
		args = append(args, "--terminal", path)
	}
	if seconds > 0 {
		args = append(args, "--countdown", fmt.Sprint(seconds))
	}
	for _, path := range c.Drivers {
		args = appendFlag(args, "--drivers", path)
	}
	if slices.Contains(c.Reports, deliver.Disk) {
		args = append(args, "--keep-report")
	}
	args = append(args, "--report-dir", ReportDir)
	return appendFlag(args, "--machine", c.Machine)
}

// consoleChoice is what an exit code of bootmend console means.
func consoleChoice(code int) (c Choice, unattended, ok bool) {
	switch code {
	case ConsoleAutomatic, ConsoleUnattended:
		return ChooseRepair, code == ConsoleUnattended, true
	case ConsoleShell:
		return ChooseShell, false, true
	case ConsoleReboot:
		return ChooseReboot, false, true
	case ConsolePowerOff:
		return ChoosePoweroff, false, true
	}
	return 0, false, false
}
