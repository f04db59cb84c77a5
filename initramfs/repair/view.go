package repair

import (
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/journal"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/part"
)

// ViewJournals looks for open journals and shows the disks as they will be when
// these are finished, in memory only: for commands that only look. The sources
// come back in their order; close lets go of journal files.
func ViewJournals(m *machine.Machine, sources []inspect.Source, stateDir string) (view []inspect.Source, journals []inspect.Journal, close func(), err error) {
	var disks []journal.Attached
	var index []int // of the source of each disk
	for i, s := range sources {
		if t, ok := s.Dev.(Target); ok {
			disks = append(disks, Attach(m, s.Path, sectored(t, part.SectorSize(t))))
			index = append(index, i)
		}
	}
	open := FindJournals(disks, stateDir)
	close = func() {
		for _, o := range open {
			o.Close()
		}
	}
	view = append(view, sources...)
	for _, o := range open {
		if o.Journal == nil && o.Err == nil {
			continue // a file in which nothing was begun
		}
		journals = append(journals, describeJournal(o))
		if o.Journal == nil {
			continue
		}
		for i, k := range index {
			seen, err := o.Journal.View(i, disks)
			if err != nil {
				close()
				return nil, nil, nil, fmt.Errorf("journal %s: %w", o.Where, err)
			}
			if changes, err := seen.Changes(); err == nil && len(changes) > 0 {
				view[k].Dev = block.Device(seen)
			}
		}
	}
	return view, journals, close, nil
}

func describeJournal(o OpenJournal) inspect.Journal {
	j := inspect.Journal{Where: o.Where, Err: o.Err}
	if o.Err != nil {
		j.Overtaken = errors.Is(o.Err, journal.ErrOvertaken)
		return j
	}
	j.Verdict, j.Overtaken = o.Journal.Verdict.String(), o.Journal.Verdict == journal.Overtaken
	for _, p := range o.Journal.Places {
		j.Evidence = append(j.Evidence, inspect.Evidence{Volume: p.Disk, Offset: p.Off, Actual: p.What})
	}
	return j
}
