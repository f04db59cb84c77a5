package pid1

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bootmend/bootmend/initramfs/media"
)

// Times of the wait for disks. They are for real hardware: a SAS controller
// may take several seconds, and a wrong "no disk found" is the worst answer.
const (
	settlePoll    = 200 * time.Millisecond
	settleQuiet   = 1500 * time.Millisecond // nothing new for so long: done
	settleUSB     = 3 * time.Second         // the same where there is USB, which enumerates in the background
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
	usb     func() bool     // HasUSB
	// medium reports whether a disk, by its name below /dev, is the medium that
	// this image came from: finding that says nothing about others.
	medium func(name string) bool
	now    func() time.Time
	sleep  func(time.Duration)
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
		if s.usb() {
			quiet = settleUSB
		}
		if !s.hasPatient(disks) {
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

// hasPatient reports whether there is something to repair among the disks:
// neither a CD-ROM or floppy drive nor the medium.
func (s settler) hasPatient(disks []string) bool {
	return slices.ContainsFunc(disks, func(d string) bool {
		name, _, _ := strings.Cut(d, " ")
		return !strings.HasPrefix(name, "sr") && !strings.HasPrefix(name, "fd") && !s.medium(name)
	})
}

// mediumIn returns a function for settler.medium that looks at the devices below
// dev, each once.
func mediumIn(dev string) func(name string) bool {
	known := map[string]bool{}
	return func(name string) bool {
		is, ok := known[name]
		if !ok {
			f, err := os.Open(filepath.Join(dev, name))
			if err != nil {
				return false
			}
			defer f.Close()
			is = media.IsRescue(f)
			known[name] = is
		}
		return is
	}
}
