package condition

import (
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/donor"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// withReactOSOffer completes a finding about a driver of ReactOS. It gets no
// drivers of Windows, though it says that it is one: only its own files, of the
// same build, bring back what is missing or cut off.
func withReactOSOffer(p *inspect.Patient, f Finding, link *bootchain.StorageLink) Finding {
	if _, err := reactOSDriverSteps(p, f.Windows, link); err != nil {
		f.Advice = fmt.Sprintf("It cannot be repaired: %v. Attach a disc of the same build of ReactOS and run repair again, or attach the disk to an IDE or SATA controller.", err)
		return f
	}
	f.Fixable = true
	return f
}

// reactOSDriverSteps replace the files of drivers that cannot be loaded.
func reactOSDriverSteps(p *inspect.Patient, w *inspect.Installation, link *bootchain.StorageLink) ([]step.Step, error) {
	var steps []step.Step
	if len(link.Services) == 0 {
		return nil, fmt.Errorf("it has no driver for %s", link.Controller)
	}
	for _, d := range link.Boot().All() {
		switch {
		case d.Usable():
			continue
		case d.Err != nil || d.File == "":
			return nil, fmt.Errorf("driver %s: %s", d.Name, d.Why())
		}
		name := source.Base(d.File)
		c, rejected, _ := donor.SystemFile(p, w, strings.ToLower(name))
		if c == nil {
			return nil, fmt.Errorf("there is no copy of %s of the same build (%s)", name, strings.Join(rejected[:min(2, len(rejected))], "; "))
		}
		s, err := replaceFile(w.Volume, d.File, c.Data, fmt.Sprintf("taken from %s, version %v", c.Where, c.Version))
		if err != nil {
			return nil, err
		}
		steps = append(steps, s)
	}
	// With its file back, a driver that is turned off would be the next fault.
	for _, set := range link.Sets {
		for _, d := range set.All() {
			if d.Err == nil && !d.Service.BootStart() {
				steps = append(steps, startAtBoot(w, set, d.Service)...)
			}
		}
	}
	return steps, nil
}
