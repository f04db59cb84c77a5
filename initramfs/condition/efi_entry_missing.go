package condition

import (
	"context"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/efi"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/step"
)

// The firmware has no entry (Boot####) that starts the Windows, or does not try it.
//
// Seen as: "No bootable device", the firmware's set-up or shell, or the start of another
// system. UEFI, where bootmend runs on the machine itself.
// Cause: a new main board or virtual machine, settings that were reset, a disk that was
// copied to partitions with GUIDs of their own, the installer of another system.
// Evidence: no entry names the EFI system partition by its GUID with
// \EFI\Microsoft\Boot\bootmgfw.efi; the one that does is not active, or not in BootOrder.
// Where \EFI\Boot\bootx64.efi is Windows', firmware without an entry starts that, as most
// virtual machines do, and nothing is wrong.
// Fix: the entry is made as Windows makes it and put into BootOrder, behind what is there;
// right behind an entry of Windows whose partition is gone, if no other system comes after
// that; before the firmware's own shell.
// What is in the order keeps its order. An own entry is made active again.
// Not fixed: entries of other systems, and those that lead nowhere. On request only,
// where another system is started instead, or the number of the partition alone is wrong.
var efiEntryMissing = Condition{
	ID:     "efi-entry-missing",
	Title:  "The firmware has no entry that starts Windows",
	Detect: detectEFIEntryMissing,
	Fix:    fixEFIEntryMissing,
}

func detectEFIEntryMissing(_ context.Context, p *inspect.Patient) []Finding {
	menu, err := bootchain.ReadFirmwareMenu(p.Machine)
	if err != nil {
		return []Finding{{Result: Unknown, Severity: Warning, Confidence: Low, Summary: fmt.Sprintf("What the firmware starts could not be told: %v.", err),
			Advice: "Reset the boot order in the firmware's set-up."}}
	}
	if menu == nil {
		return nil
	}
	all := managerFindings(p, func(m *bootchain.BootManager) *Finding { return entryFinding(p, menu, m) })
	fixable := false
	for i := range all { // each takes a number and a place of its own
		if all[i].Fixable = all[i].Fixable && !fixable; !all[i].Fixable && fixable {
			all[i].Advice = "Another entry is made first; run the repair again after it."
		}
		fixable = fixable || all[i].Fixable
	}
	return all
}

func entryFinding(p *inspect.Patient, menu *bootchain.FirmwareMenu, m *bootchain.BootManager) *Finding {
	c := m.System.Disk.Controller
	if isBIOS(m) || c != nil && c.Bus == machine.USB || !bootchain.HasFile(m.System.FS, espLoaderPath) && efiLoaderCopy(p, m) == nil {
		return nil
	}
	drive, err := bootchain.FirmwareDrive(m.System)
	if err != nil {
		return nil // that it has no GUID is another fault
	}
	f := &Finding{Result: Present, Severity: Fatal, Confidence: High, Fixable: true,
		Symptom: `"No bootable device", the firmware's set-up or shell`}
	own, fault := ownEntry(menu, drive)
	fallback := fallbackPath(m.NewestFirst()[0])
	switch {
	case own != nil && fault == "", startsFrom(menu, m.System, drive), bootchain.IsWindowsManager(m.System, fallback):
		return nil
	case own == nil:
		f.Summary = fmt.Sprintf("The firmware has no entry that starts Windows from %s.", m.System.ID())
		f.Evidence = append(f.Evidence, entryEvidence("BootOrder", fmt.Sprintf("%04X, none of %d entries names the partition", menu.Order, len(menu.Entries)), m.System.Partition.GUID))
		for _, e := range menu.Entries {
			if isStale(p, e) {
				f.Evidence = append(f.Evidence, entryEvidence(fmt.Sprintf("Boot%04X", e.Number), e.Option.String(), "a partition that is there"))
			}
		}
	default:
		f.Summary = fmt.Sprintf("The firmware's entry Boot%04X for Windows on %s %s.", own.Number, m.System.ID(), fault)
		f.Evidence = append(f.Evidence, entryEvidence(fmt.Sprintf("Boot%04X", own.Number), fmt.Sprintf("%s; BootOrder %04X", own.Option, menu.Order), "active, and in BootOrder"))
	}
	onRequest(p, menu, m, own, drive, f)
	return f
}

// onRequest lowers a finding where the machine may start as somebody wants it.
func onRequest(p *inspect.Patient, menu *bootchain.FirmwareMenu, m *bootchain.BootManager, own *bootchain.FirmwareEntry, drive efi.HardDrive, f *Finding) {
	another := ""
	for _, e := range menu.Entries {
		if menu.Starts(e) && e.Target(p) != nil {
			another = fmt.Sprintf("Boot%04X %q", e.Number, e.Option.Description)
			break
		}
	}
	if fallback := fallbackPath(m.NewestFirst()[0]); another == "" && bootchain.HasFile(m.System.FS, fallback) {
		another = m.System.ID() + " " + fallback
	}
	switch {
	case another != "":
		f.Severity, f.Confidence, f.Symptom = Warning, Low, "Another system starts, and Windows is not in the firmware's menu"
		f.Advice = fmt.Sprintf("The machine starts %s, which may be meant so. With --only the entry of Windows is made, behind it.", another)
	case own != nil && wrongNumber(own, drive):
		f.Severity, f.Confidence = Warning, Low
		f.Advice = "Some firmware looks at the GUID alone and starts it all the same. With --only the number is corrected."
	}
}

func entryEvidence(variable, actual, expected string) inspect.Evidence {
	return inspect.Evidence{Volume: "firmware", Path: variable, Offset: -1, Actual: actual, Expected: expected}
}

// ownEntry is the entry of the Windows on that partition, the best of several, and
// what keeps the firmware from starting it ("" where nothing does).
func ownEntry(menu *bootchain.FirmwareMenu, drive efi.HardDrive) (own *bootchain.FirmwareEntry, fault string) {
	for i := range menu.Entries {
		e := &menu.Entries[i]
		names, number := e.Names(drive)
		if !names || !e.IsFile(espLoaderPath) {
			continue
		}
		now := ""
		switch {
		case !e.Option.IsActive():
			now = "is not active"
		case !slices.Contains(menu.Order, e.Number):
			now = "is not in BootOrder"
		case !number:
			now = "has another number for the partition than it has"
		}
		if own == nil || now == "" {
			own, fault = e, now
		}
		if now == "" {
			break
		}
	}
	return own, fault
}

func wrongNumber(e *bootchain.FirmwareEntry, drive efi.HardDrive) bool {
	_, number := e.Names(drive)
	return !number
}

// startsFrom reports whether an entry starts a copy of Windows' boot manager from
// that partition, under another name.
func startsFrom(menu *bootchain.FirmwareMenu, v *inspect.Volume, drive efi.HardDrive) bool {
	return slices.ContainsFunc(menu.Entries, func(e bootchain.FirmwareEntry) bool {
		names, number := e.Names(drive)
		return names && number && menu.Starts(e) && bootchain.IsWindowsManager(v, e.Option.Path.File())
	})
}

// isStale: an entry of a Windows whose partition no disk has.
func isStale(p *inspect.Patient, e bootchain.FirmwareEntry) bool {
	h, ok := e.Option.Path.Drive()
	if !ok || h.Format != efi.FormatGPT || !e.IsFile(espLoaderPath) {
		return false
	}
	return !slices.ContainsFunc(p.Volumes(), func(v *inspect.Volume) bool {
		d, err := bootchain.FirmwareDrive(v)
		return err == nil && d.ID == h.ID
	})
}

func fixEFIEntryMissing(p *inspect.Patient, f Finding) ([]step.Step, error) {
	menu, err := bootchain.ReadFirmwareMenu(p.Machine)
	if err != nil || menu == nil {
		return nil, err
	}
	drive, err := bootchain.FirmwareDrive(f.Volume)
	if err != nil {
		return nil, err
	}
	const why = "the firmware starts Windows"
	set := func(name string, value *efi.Variable) step.SetVariable {
		return step.SetVariable{Disk: f.Volume.Disk, Name: name, Old: p.Machine.Variable(name), New: value, Why: why}
	}
	var steps []step.Step
	own, _ := ownEntry(menu, drive)
	var number uint16
	if own == nil {
		if number, err = menu.Free(); err != nil {
			return nil, err
		}
		entry := efi.WindowsEntry(drive, espLoaderPath).Encode()
		steps = append(steps, set(efi.EntryName(number), &efi.Variable{Attributes: efi.Kept, Data: entry}))
	} else {
		number = own.Number
		right := own.Option
		right.Attributes |= efi.Active
		if wrongNumber(own, drive) {
			right.Path = right.Path.SetDrive(drive)
		}
		if now := (efi.Variable{Attributes: own.Value.Attributes, Data: right.Encode()}); !now.Equal(&own.Value) {
			steps = append(steps, set(efi.EntryName(number), &now))
		}
	}
	if !slices.Contains(menu.Order, number) {
		order := slices.Insert(slices.Clone(menu.Order), placeInOrder(p, menu), number)
		now := efi.Variable{Attributes: efi.Kept, Data: efi.EncodeOrder(order)}
		if old := p.Machine.Variable(efi.BootOrder); old != nil {
			now.Attributes = old.Attributes
		}
		steps = append(steps, set(efi.BootOrder, &now))
	}
	return steps, nil
}

// placeInOrder is where the entry goes: behind that of a Windows which is gone, else
// before the firmware's own shell, which does not go on to the next, else to the end. It
// never goes before an entry for a partition of something else, seen here or not: what
// starts now goes on to start, and where that fails the firmware goes on to the next.
func placeInOrder(p *inspect.Patient, menu *bootchain.FirmwareMenu) int {
	entry := func(n uint16) *bootchain.FirmwareEntry {
		e := slices.IndexFunc(menu.Entries, func(e bootchain.FirmwareEntry) bool { return e.Number == n })
		if e < 0 {
			return &bootchain.FirmwareEntry{}
		}
		return &menu.Entries[e]
	}
	reached := menu.Order
	if shell := slices.IndexFunc(reached, func(n uint16) bool { return menu.Starts(*entry(n)) && entry(n).Option.Path.InFirmware() }); shell >= 0 {
		reached = reached[:shell]
	}
	for i, n := range slices.Backward(reached) {
		if isStale(p, *entry(n)) {
			return i + 1
		}
		if _, ok := entry(n).Option.Path.Drive(); ok && menu.Starts(*entry(n)) {
			break
		}
	}
	return len(reached)
}
