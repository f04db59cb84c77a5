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

// textMenu is the boot menu on terminals that show lines and nothing else.
type textMenu struct {
	out     io.Writer
	keys    <-chan byte
	ticks   <-chan time.Time
	seconds int // left of the countdown; 0: there is none
}

// menu shows the boot menu and returns what was chosen. With seconds > 0 it
// counts that many ticks down to the automatic repair; any key stops that. The
// key of an entry is its number; Enter is the first entry. A person who chooses the
// repair is asked once more. unattended tells that the clock chose.
func menu(out io.Writer, keys <-chan byte, ticks <-chan time.Time, seconds int) (c Choice, unattended bool) {
	m := &textMenu{out, keys, ticks, seconds}
	m.show()
	for {
		select {
		case key := <-m.keys:
			if c := m.key(key); c != 0 {
				fmt.Fprintf(out, "\n  %s\n", c)
				return c, false
			}
		case <-m.ticks:
			if m.seconds == 0 {
				continue
			}
			if m.seconds--; m.seconds == 0 {
				fmt.Fprintf(out, "\n  %s\n", ChooseRepair)
				return ChooseRepair, true
			}
			m.countdown()
		}
	}
}

func (m *textMenu) show() {
	fmt.Fprint(m.out, "\n  bootmend\n\n")
	for c := ChooseRepair; c <= ChoosePoweroff; c++ {
		fmt.Fprintf(m.out, "    %d  %s\n", int(c), c)
	}
	fmt.Fprint(m.out, "\n  Press a number, or Enter for 1.\n")
	if m.seconds > 0 {
		m.countdown()
	}
}

func (m *textMenu) countdown() {
	fmt.Fprintf(m.out, "\r  Automatic repair starts in %2d s. Any other key stops the clock. ", m.seconds)
}

// key is what a key chooses, 0 for nothing.
func (m *textMenu) key(key byte) Choice {
	c := Choice(key - '0')
	if key == '\r' || key == '\n' {
		c = ChooseRepair
	}
	switch {
	case c == ChooseRepair:
		m.seconds = 0
		if m.sure() {
			return c
		}
		m.show()
	case c > ChooseRepair && c <= ChoosePoweroff:
		return c
	case m.seconds > 0 && (key == 0x1B || key >= ' ' && key <= '~'):
		// A floating serial line makes bytes that no person types.
		m.seconds = 0
		fmt.Fprint(m.out, "\n  The clock is stopped.\n")
	}
	return 0
}

// sure asks before the disks are written to. Enter is no answer: it may have been
// pressed once too often.
func (m *textMenu) sure() bool {
	fmt.Fprint(m.out, "\n  The repair writes to the disks: what is certain, and can be undone.\n  Repair now? Press y or n. ")
	for {
		select {
		case key := <-m.keys:
			switch key {
			case 'y', 'Y':
				return true
			case 'n', 'N', 0x1B:
				return false
			}
		case <-m.ticks: // the clock has stopped
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
