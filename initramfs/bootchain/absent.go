package bootchain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/bootini"
)

// Entries for disks that are not attached.

// besideAbsent lists the Windows in folders that entries name whose disk is not
// attached, unless other entries lead there once the rest is mended. Such an entry
// stays for the day when the disk is back; one for the Windows that is here is
// added on request. It takes the place of what starts by itself in mended.
func (l *NTLoader) besideAbsent(mended map[int]*inspect.Installation) (all []Correction) {
	var reached []*inspect.Installation
	for _, w := range mended {
		reached = append(reached, w)
	}
	for i := range l.Menu.Entries {
		e := &l.Menu.Entries[i]
		if e.ARC.Access != bootini.Multi || !e.Target.NoDisk {
			continue
		}
		w, _ := l.meant(e)
		if w == nil || slices.Contains(reached, w) {
			continue
		}
		starts := i == l.Menu.Default
		if starts {
			mended[i] = w
		}
		n := slices.IndexFunc(all, func(c Correction) bool { return c.To == w })
		if n < 0 {
			n = len(all)
			all = append(all, Correction{To: w, Doubt: doubtAbsent,
				Why: fmt.Sprintf("%s leads nowhere (%s); %s is in a folder of that name", e.ARC.Device(), e.Target.Why, w.Label())})
		}
		all[n].Default, all[n].Fatal = all[n].Default || starts, all[n].Fatal || starts
	}
	return all
}

const doubtAbsent = "the Windows that is meant may be on a disk that is not attached"

// absent reports whether the entry may be for a Windows on a disk that is not
// attached: its disk is not there, and the Windows in a folder of that name does
// not say that it was started from it.
func absent(e *MenuEntry, w *inspect.Installation) bool {
	a, err := bootini.ParseARC(lastStartedFrom(w))
	return e.Target.NoDisk && (err != nil || !strings.EqualFold(a.Device(), e.ARC.Device()))
}
