package action

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// A new boot configuration (BCD store), for when the old one is beyond being mended
// piece by piece: what bcdboot does.
//
// Where: \Boot\BCD on the volume that the BIOS starts from, \EFI\Microsoft\Boot\BCD on
// the EFI system partition.
// Changed: the whole store. The new one has an entry for each Windows from Vista on
// that starts from there, the newest by default, and one for ntldr where that is
// there; Vista gets detecthal. Other entries (recovery environment, virtual disks,
// settings) are not taken over; undo brings the old store back.
// Refused: Windows up to Server 2003, which have boot.ini; where no system partition is
// found, or its disk has no signature that a store could name.
var rebuildBCD = Action{
	Name:  "rebuild-bcd",
	Title: "Make a new boot configuration (BCD) for Windows Vista and later",
	Plan: func(_ context.Context, d *Desk, w *inspect.Installation, _ string) (Outcome, error) {
		o := Outcome{Title: fmt.Sprintf("make a new boot configuration for %s", w.Label())}
		generation, err := loaderOfVersion(w)
		if err != nil {
			return o, err
		}
		if generation != byBootManager {
			return o, refuse("%s is started by boot.ini, not by a BCD store", w.Label())
		}
		m := managerOf(d.Patient, w)
		if m == nil {
			return o, refuse("the partition that %s is started from was not found", w.Label())
		}
		content, err := m.Rebuild(d.Patient)
		if err != nil {
			return o, refuse("%v", err)
		}
		if o.Steps, err = step.PutFile(m.System, m.Path, content, "the boot manager finds Windows"); err != nil {
			return o, err
		}
		if w, ok := o.Steps[len(o.Steps)-1].(step.WriteFile); ok && w.Old != nil && *w.Old == w.New.FileState {
			o.Steps = nil
			return o, nil
		}
		o.note("Windows RE and other entries of the old store are not in the new one; in Windows, reagentc /enable registers the recovery environment again.")
		if m.Locked() {
			o.note("A volume of this disk is encrypted with BitLocker, which may ask for the recovery key at the next start.")
		}
		return o, nil
	},
}

func managerOf(p *inspect.Patient, w *inspect.Installation) *bootchain.BootManager {
	for _, m := range bootchain.BootManagers(p) {
		for _, one := range m.Windows {
			if one == w {
				return m
			}
		}
	}
	return nil
}
