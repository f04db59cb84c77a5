package pid1

import (
	"fmt"
	"io"
	"time"
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

// Exit codes by which bootmend console tells process 1 what a person chose. 0 is
// that nobody chose anything; other codes, that it could not run.
const (
	ConsoleAutomatic  = 60 + iota // the automatic repair
	ConsoleUnattended             // the same, because the countdown ended
	ConsoleShell
	ConsoleReboot
	ConsolePowerOff
)
