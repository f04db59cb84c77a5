package pid1

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Where the engine leaves its report for process 1 and for the person at the
// shell: in memory.
const (
	ReportDir  = "/run/bootmend"
	ReportJSON = "report.json"
	ReportText = "report.txt"
)

// Outcome is what the engine's report says, as far as it decides what comes next.
type Outcome struct {
	ExitCode int
	Healthy  bool // nothing wrong, nothing written
	Repaired bool // something was written
	// SinceRepair is how long ago these disks were repaired by an earlier start;
	// negative when they were not, or the clock went back.
	SinceRepair time.Duration
	Ordered     Mode  // what was asked for: with ModeScan nothing was to be repaired
	Trail       Trail // of restarts in vain, with AfterReboot
}

// recent: these disks were repaired by a start within the last hour.
func (o Outcome) recent() bool { return o.SinceRepair >= 0 && o.SinceRepair < again }

// again is how soon after a repair a start that finds nothing wrong is taken for
// one that nobody wanted: the machine started the rescue medium instead of Windows.
const again = time.Hour

// startedAgain: this start only finds that the last one did its work.
func (o Outcome) startedAgain() bool {
	return o.Healthy && o.recent()
}

// circle says why a restart would only lead back here, "" where it may help:
//
//	not all is repaired, and an earlier start repaired something within the hour
//	nothing was repaired, and an earlier start restarted in vain within the hour
//	a repair mended nothing, and nothing can tell the next start of this one
//
// A scan that was asked for restarts in the last case: it was not to repair anything.
func (o Outcome) circle() string {
	switch {
	case !o.Repaired && o.Trail == TrailAgain:
		return "The machine was restarted from here within the last hour already, and nothing has become better."
	case o.ExitCode == 0:
		return ""
	case o.recent():
		return fmt.Sprintf("This disk was repaired %d minutes ago, and what is wrong now could not be repaired.", int(o.SinceRepair.Minutes()))
	case !o.Repaired && o.Trail == TrailNone && o.Ordered != ModeScan:
		return "Nothing could be repaired, and this machine has no place to note that it was restarted for it: it might restart for ever."
	}
	return ""
}

// Seconds of the countdowns: enough to read the summary where nobody said what
// to do after, a moment where somebody did.
const (
	readSeconds = 30
	saidSeconds = 10
)

// Next is what comes after the engine.
type Next struct {
	Choice   Choice // 0: the menu
	Seconds  int    // of the countdown
	Sentence string // for people
}

// Decide says what comes after the engine where no person chose what it did:
//
//	repaired, verified, nothing left   reboot, so that Windows starts
//	anything else                      menu: a person has to read it
//
// unless bootmend.after says otherwise. A machine that starts the rescue again
// after it was repaired, or that cannot be repaired, is not restarted for ever: it is
// switched off.
func Decide(after After, o Outcome) Next {
	ago := fmt.Sprintf("This disk was repaired %d minutes ago and nothing is wrong now: the machine has started the rescue medium again. Take it out.", int(o.SinceRepair.Minutes()))
	switch {
	case after == AfterPoweroff:
		return Next{ChoosePoweroff, saidSeconds, "The machine is switched off."}
	case after == AfterReboot && o.startedAgain():
		return Next{ChoosePoweroff, readSeconds, ago + switchedOff}
	case after == AfterReboot && o.circle() != "":
		return Next{ChoosePoweroff, readSeconds, o.circle() + switchedOff}
	case after == AfterReboot:
		return Next{ChooseReboot, saidSeconds, "The machine restarts from its disk."}
	case after == AfterMenu:
		return Next{Sentence: "The menu comes back."}
	case o.startedAgain():
		return Next{Sentence: ago + " Then choose Reboot or Power off in the menu."}
	case o.ExitCode == 0 && o.Repaired:
		return Next{ChooseReboot, readSeconds, "The machine restarts from its disk, and Windows should start."}
	case o.Healthy:
		return Next{Sentence: "Nothing more. If Windows does not start all the same, note what it shows; the menu comes now."}
	}
	return Next{Sentence: "The menu comes now; what is left for you stands above."}
}

const switchedOff = " It is switched off instead of restarted."

// readOutcome reads the engine's report. Without one there is only the exit code.
func readOutcome(dir string, code int, now time.Time) Outcome {
	o := Outcome{ExitCode: code, SinceRepair: -1}
	text, err := os.ReadFile(filepath.Join(dir, ReportJSON))
	if err != nil {
		return o
	}
	var doc struct {
		Healthy bool
		Result  *struct{ Committed bool }
		Earlier []struct{}
		Last    *struct{ Time time.Time } `json:"last_repair"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return o
	}
	o.Healthy = doc.Healthy && code == 0
	o.Repaired = doc.Result != nil && doc.Result.Committed || len(doc.Earlier) > 0
	if doc.Last != nil {
		o.SinceRepair = now.Sub(doc.Last.Time)
	}
	return o
}

// countDown shows the seconds until next is done and reports whether the clock
// ran out; any key stops it.
func countDown(out io.Writer, keys <-chan byte, ticks <-chan time.Time, next Next) bool {
	for left := next.Seconds; left > 0; left-- {
		fmt.Fprintf(out, "\r  %s in %2d s. Any key stops the clock and shows the menu. ", next.Choice, left)
		if !tickOrKey(keys, ticks) {
			fmt.Fprint(out, "\n  The clock is stopped.\n")
			return false
		}
	}
	fmt.Fprintf(out, "\n  %s\n", next.Choice)
	return true
}

// tickOrKey waits for either and reports whether it was the clock.
func tickOrKey(keys <-chan byte, ticks <-chan time.Time) bool {
	for {
		select {
		case <-ticks:
			return true
		case key := <-keys:
			if typed(key) {
				return false
			}
		}
	}
}

// typed: a person presses that. A floating serial line makes other bytes.
func typed(key byte) bool {
	const ctrlC, escape = 0x03, 0x1B
	return key == '\r' || key == '\n' || key == ctrlC || key == escape || key >= ' ' && key <= '~'
}
