package condition

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// The channel file 291 of CrowdStrike Falcon is the one of 19 July 2024.
//
// Seen as: STOP 0x00000050 PAGE_FAULT_IN_NONPAGED_AREA in csagent.sys, at every
// start. Windows 7 and later with the sensor.
// Evidence: \Windows\System32\drivers\CrowdStrike\C-00000291*.sys, last written
// on 2024-07-19 between 04:09 and 05:27 UTC. From 05:27 UTC on the files are the
// corrected ones and stay.
// Fix: the bad file gets a name that the sensor does not look for, and the sensor
// fetches another. The maker says to delete it; put aside, undo brings it back with
// the time that it is known by.
var crowdstrike291 = Condition{
	ID:     "crowdstrike-291",
	Title:  "The faulty channel file 291 of CrowdStrike is there",
	Detect: detectCrowdStrike,
	Fix: func(_ *inspect.Patient, f Finding) ([]step.Step, error) {
		bad, err := badChannelFiles(f.Windows)
		if err != nil {
			return nil, err
		}
		var steps []step.Step
		for _, info := range bad {
			path := channelFiles(f.Windows) + `\` + info.Name
			steps = append(steps, step.Rename{Volume: f.Windows.Volume, From: path, To: path + ".old", Why: "the driver csagent.sys stops Windows over it"})
		}
		return steps, nil
	},
}

func channelFiles(w *inspect.Installation) string { return w.Path(`System32\drivers\CrowdStrike`) }

// badChannelFiles lists the files of the hour in which the faulty one was handed
// out.
func badChannelFiles(w *inspect.Installation) ([]fs.Info, error) {
	from, to := time.Date(2024, 7, 19, 4, 9, 0, 0, time.UTC), time.Date(2024, 7, 19, 5, 27, 0, 0, time.UTC)
	list, err := w.Volume.FS.ReadDir(channelFiles(w))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrNotDir) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var bad []fs.Info
	for _, e := range list {
		name := strings.ToLower(e.Name)
		if !e.IsDir() && strings.HasPrefix(name, "c-00000291") && strings.HasSuffix(name, ".sys") && !e.Modified.Before(from) && e.Modified.Before(to) {
			bad = append(bad, e)
		}
	}
	return bad, nil
}

func detectCrowdStrike(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		bad, err := badChannelFiles(w)
		if err != nil {
			all = append(all, Finding{Result: Unknown, Severity: Warning, Confidence: Low, Windows: w,
				Summary: fmt.Sprintf("%s cannot be read: %v.", channelFiles(w), err), Advice: "The volume has findings of its own."})
			continue
		}
		if len(bad) == 0 {
			continue
		}
		f := Finding{Result: Present, Severity: Fatal, Confidence: High, Windows: w, Fixable: true,
			Symptom: "STOP 0x00000050 PAGE_FAULT_IN_NONPAGED_AREA in csagent.sys",
			Summary: fmt.Sprintf("%s has the faulty channel file 291 of CrowdStrike of 19 July 2024.", w.Label())}
		for _, e := range bad {
			f.Evidence = append(f.Evidence, inspect.Evidence{Volume: w.Volume.ID(), Path: channelFiles(w) + `\` + e.Name, Offset: -1,
				Expected: "written at 05:27 UTC or later", Actual: "written at " + e.Modified.UTC().Format("2006-01-02 15:04:05") + " UTC"})
		}
		all = append(all, f)
	}
	return all
}
