package repair

import (
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block/journal"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/part"
)

// ViewJournals looks for open journals and shows the disks as they will be when
// these are finished, in memory only: for commands that only look. The sources
// come back in their order; close lets go of journal files.
func ViewJournals(m *machine.Machine, sources []inspect.Source, stateDir string) (view []inspect.Source, journals []inspect.Journal, close func(), err error) {
	disks, index := attachSources(m, sources)
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
			changes, err := seen.Changes()
			if err != nil {
				close()
				return nil, nil, nil, fmt.Errorf("journal %s: %w", o.Where, err)
			}
			if len(changes) > 0 {
				view[k].Dev = seen
			}
		}
	}
	return view, journals, close, nil
}

// HasJournals reports whether there is a journal to finish, be it a file in
// which nothing was begun.
func HasJournals(m *machine.Machine, sources []inspect.Source, stateDir string) bool {
	disks, _ := attachSources(m, sources)
	found := FindJournals(disks, stateDir)
	for _, o := range found {
		o.Close()
	}
	return len(found) > 0
}

// attachSources makes the sources that can be written known to the journal;
// index says which source each disk is.
func attachSources(m *machine.Machine, sources []inspect.Source) (disks []journal.Attached, index []int) {
	for i, s := range sources {
		if t, ok := s.Dev.(Target); ok {
			disks = append(disks, Attach(m, s.Path, sectored(t, part.SectorSize(t))))
			index = append(index, i)
		}
	}
	return disks, index
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
