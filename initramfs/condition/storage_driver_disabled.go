package condition

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// Windows has the driver for the controller that its disk hangs on now, but
// does not start it at boot.
//
// Seen as: STOP 0x0000007B INACCESSIBLE_BOOT_DEVICE right after the boot
// screen appears, often with 0xC0000034 as second parameter. All Windows;
// typical after a move to another machine or virtual machine, or after IDE was
// switched to AHCI in the firmware.
// Cause: Windows turns off the drivers that it did not need: Start is 3 or 4
// (Windows 7: msahci, KB 922976), from Windows 8 on also a StartOverride key
// that silently demotes Start 0; real 8.1 and 10 hives have it on 42 and 44
// services, on all storage drivers but those in use.
// Fix: Start = 0, and every value of StartOverride = 0, for each driver between
// controller and boot volume, in every control set that has it: the loader may
// take another one next time.
// The same for the drivers that any disk needs (disk, partmgr, ...).
// Not fixed: a driver whose file is missing or for another processor
// (storage-driver-missing), or to which nothing binds the controller
// (critical-device-missing, driver-database-missing).
var storageDriverDisabled = Condition{
	ID:       "storage-driver-disabled",
	Title:    "The driver for the disk controller is there but not started",
	Hardware: true,
	Detect:   detectStorageDriverDisabled,
	Fix:      fixStorageDriverDisabled,
}

func detectStorageDriverDisabled(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		link, err := bootchain.Storage(w)
		if errors.Is(err, bootchain.ErrNoController) || err != nil && w.HiveErr == nil && w.SystemErr == nil {
			all = append(all, unknownStorage(w, err))
		}
		if err != nil || missing(link) != "" || len(link.Unbound) > 0 {
			continue // what binds the driver also starts it
		}
		var off []string
		for _, d := range link.Boot().All() {
			if heldBack(link, d) {
				off = append(off, fmt.Sprintf("%s (%s)", d.Service.Name, d.Why()))
			}
		}
		if len(off) == 0 {
			continue
		}
		all = append(all, Finding{
			Result: Present, Severity: Fatal, Confidence: High, Windows: w, Symptom: stop7B, Fixable: true,
			Summary: fmt.Sprintf("%s has the driver for %s but does not start it at boot: %s; control sets with it: %s.",
				w.Label(), link.Controller, strings.Join(off, ", "), strings.Join(setsToFix(link), ", ")),
			Evidence: append(link.Origin, driverEvidence(w, link)...),
		})
	}
	return all
}

// heldBack: the driver could run and is not started, by its Start, or, if it is
// the controller's own, by a StartOverride (condition start-override has those of
// the others).
func heldBack(link *bootchain.StorageLink, d bootchain.Driver) bool {
	if !d.Usable() || d.Starts() {
		return false
	}
	own := slices.ContainsFunc(link.Services, func(s string) bool { return strings.EqualFold(s, d.Name) })
	return own || d.Service.Start != registry.StartBoot
}

// setsToFix names the control sets in which a needed driver does not start.
func setsToFix(link *bootchain.StorageLink) []string {
	var names []string
	for _, set := range link.Sets {
		for _, d := range set.All() {
			if heldBack(link, d) {
				names = append(names, set.Set.Path)
				break
			}
		}
	}
	return names
}

func fixStorageDriverDisabled(_ *inspect.Patient, f Finding) ([]step.Step, error) {
	link, err := bootchain.Storage(f.Windows)
	if err != nil {
		return nil, err
	}
	var steps []step.Step
	for _, set := range link.Sets {
		for _, d := range set.All() {
			if heldBack(link, d) {
				steps = append(steps, startAtBoot(f.Windows, set, d.Service)...)
			}
		}
	}
	return steps, nil
}

func startAtBoot(w *inspect.Installation, set bootchain.SetDrivers, s *registry.Service) []step.Step {
	set0 := func(key, value string, old uint32, why string) step.Step {
		return step.SetValue{Volume: w.Volume, File: w.HivePath, Key: key, Value: value,
			Old: step.DWORD(old), New: step.DWORD(registry.StartBoot), Why: why}
	}
	var steps []step.Step
	if s.Start != registry.StartBoot {
		steps = append(steps, set0(s.KeyPath, "Start", s.Start, fmt.Sprintf("the loader starts driver %s from %s", s.Name, set.Set.Path)))
	}
	for _, o := range s.StartOverride {
		if o.Value != registry.StartBoot {
			steps = append(steps, set0(s.KeyPath+`\StartOverride`, o.Name, o.Value, fmt.Sprintf("Start of driver %s counts in %s", s.Name, set.Set.Path)))
		}
	}
	return steps
}

// unknownStorage is the finding for an installation whose link could not be
// worked out.
func unknownStorage(w *inspect.Installation, err error) Finding {
	f := Finding{
		Result: Unknown, Severity: Warning, Confidence: Low, Windows: w, Symptom: stop7B,
		Summary: fmt.Sprintf("Whether %s has a driver for its disk controller cannot be told: %v.", w.Label(), err),
	}
	if errors.Is(err, bootchain.ErrNoController) {
		f.Advice = "Say which machine the disk will run in with --machine PROFILE, or start bootmend on that machine."
	}
	return f
}
