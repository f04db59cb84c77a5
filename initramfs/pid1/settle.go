package pid1

import (
	"slices"
	"time"
)

// Times of the wait for disks. They are for real hardware: a SAS controller
// may take several seconds, and a wrong "no disk found" is the worst answer.
const (
	settlePoll    = 200 * time.Millisecond
	settleQuiet   = 1500 * time.Millisecond // nothing new for so long: done
	settleNoDisk  = 8 * time.Second         // the same while there is no disk at all
	settlePending = 20 * time.Second        // longest wait for a device of Pending
	settleMax     = 60 * time.Second        // in any case
)

// settler waits until no more disks turn up. Its functions are fields so that
// the wait can be tested without hardware and without waiting.
type settler struct {
	load    func() int      // loads modules for new devices, returns how many
	disks   func() []string // Disks
	pending func() []string // Pending
	now     func() time.Time
	sleep   func(time.Duration)
}

// run returns the disks, and those devices that never showed theirs.
func (s settler) run() (disks, late []string) {
	start := s.now()
	changed := start
	for {
		loaded := s.load()
		found, pending := s.disks(), s.pending()
		now := s.now()
		if loaded > 0 || !slices.Equal(found, disks) {
			changed, disks = now, found
		}
		quiet := settleQuiet
		if !HasFixedDisk(disks) {
			quiet = settleNoDisk
		}
		if len(pending) > 0 {
			quiet = settlePending
		}
		if now.Sub(changed) >= quiet || now.Sub(start) >= settleMax {
			return disks, pending
		}
		s.sleep(settlePoll)
	}
}
