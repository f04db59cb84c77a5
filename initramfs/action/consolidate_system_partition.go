package action

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/systempart"
)

// Windows starts from its own partition: for disks with a small system partition before
// it that has no letter and too little room for what converters, backups and
// upgrades want to put there.
//
// Where: bootmgr, BOOTNXT and \Boot with the store; ntldr, ntdetect.com, boot.ini,
// bootfont.bin and the boot sectors in files that a menu starts; boot sector and
// active flag.
// Changed: the files are copied with their attributes, every reference in the store that means
// the system partition for their sake follows, the boot sector of the partition of Windows gets
// the code that loads them, and its slot the active flag. Nothing is deleted. Where there is no
// system partition, or nothing on it, the files are those of \Windows\Boot and the store is new.
// Refused: GPT disks; BitLocker; a Windows in a logical drive, or on another disk than
// what starts it; a root folder that is compressed or encrypted; too little room; where no
// volume has boot code for the file system of Windows.
var consolidateSystemPartition = Action{
	Name:  "consolidate-system-partition",
	Title: "Move the boot files from the system partition to that of Windows, and start from there",
	One:   true,
	Plan: func(ctx context.Context, d *Desk, w *inspect.Installation, _ string) (Outcome, error) {
		o := Outcome{Title: fmt.Sprintf("start %s from its own partition, without the system partition", w.Label())}
		plan, err := systempart.Consolidate(d.Patient, w)
		if errors.Is(err, part.ErrRefused) {
			return o, refuse("%v", err)
		}
		o.Steps, o.Notes = plan.Steps, plan.Notes
		if err == nil && len(plan.Steps) > 0 {
			o.Brings, err = movingAlong(ctx, d.Patient, w)
		}
		return o, err
	},
}

// movingAlong are the conditions that are found on the system partition, and after
// the change on the partition of Windows: what is wrong with a store stays wrong.
func movingAlong(ctx context.Context, p *inspect.Patient, w *inspect.Installation) ([]string, error) {
	system := bootchain.SystemVolume(p, w)
	findings, err := condition.Detect(ctx, p)
	var all []string
	for _, f := range findings {
		if f.Volume != nil && f.Volume == system && !slices.Contains(all, f.ID) {
			all = append(all, f.ID)
		}
	}
	return all, err
}
