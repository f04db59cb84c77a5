package console

import (
	"fmt"
	"time"

	"github.com/bootmend/bootmend/initramfs/console/terminal"
)

// wheel is who drives: of several terminals, all of which show the same, one has
// the keys. The first key decides which.
type wheel struct {
	names  []string // of the terminals
	driver int      // none at first
	last   time.Time
}

// quiet is how long the driver must have pressed no key before a key at another
// terminal takes over.
const quiet = 30 * time.Second

// takeOver is the key that takes over at once.
const takeOver = 't'

// turn says whether a key that was pressed at a terminal counts, and what is to be
// said about it.
func (w *wheel) turn(at int, key terminal.Key, now time.Time) (counts bool, say string) {
	switch {
	case len(w.names) < 2, w.driver == none, w.driver == at:
		w.driver, w.last = at, now
		return true, ""
	case lower(key) == takeOver, now.Sub(w.last) >= quiet:
		// The page is that of somebody else, and may ask whether to write: the key
		// does nothing but take over.
		w.driver, w.last = at, now
		return false, fmt.Sprintf("The %s drives now.", w.names[at])
	}
	return false, fmt.Sprintf("The %s drives; T at the %s takes over.", w.names[w.driver], w.names[at])
}
