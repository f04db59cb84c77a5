package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/step"
)

// The disk has another signature than the one by which its boot configuration and
// its Windows know it.
//
// Seen as: 0xc000000e "The boot selection failed because a required device is
// inaccessible". Vista and later, MBR.
// Cause: the signature was written over: by a Windows that saw the disk together
// with its clone, by a partitioning tool, by a copy without it.
// Evidence: u32 at 1B8 of the MBR against the device elements of the store and
// MountedDevices, which agree on another one, with partitions where they still are.
// Fix: the old signature is written back, which mends the store and the drive letters
// at once.
// Not fixed here: where another disk of the machine has that signature, or anything
// knows the new one already: then the store follows (bcd-device-stale).
var diskSignatureChanged = Condition{
	ID:     "disk-signature-changed",
	Title:  "The disk signature is not the one that Windows knows",
	Detect: detectDiskSignatureChanged,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		m, err := managerOn(p, f.Volume)
		if err != nil {
			return nil, err
		}
		w, ok := m.OldSignature(p)
		if !ok {
			return nil, fmt.Errorf("%s: nothing knows an old signature any more", m.System.Disk.Path)
		}
		patches, err := oldSignature(m, w)
		return patchDisk(m.System.Disk, "boot configuration and drive letters know the disk by it", patches, err)
	},
}

func oldSignature(m *bootchain.BootManager, w bootchain.Witness) ([]part.Patch, error) {
	e, err := part.Edit(m.System.Disk.Dev)
	if err != nil {
		return nil, err
	}
	return e.SetSignature(w.Signature)
}

func detectDiskSignatureChanged(_ context.Context, p *inspect.Patient) []Finding {
	return storeFindings(p, func(m *bootchain.BootManager) *Finding {
		w, ok := m.OldSignature(p)
		if !ok {
			return nil
		}
		d := m.System.Disk
		old, now := fmt.Sprintf("%08x", w.Signature), fmt.Sprintf("%08x", d.Table.Signature)
		f := &Finding{Result: Present, Severity: Fatal, Confidence: High, Symptom: inaccessible,
			Summary: fmt.Sprintf("%s has the signature %s; its boot configuration and the drive letters of %s know it as %s, which no other disk has: bringing that back mends both.",
				d.Path, now, w.Windows.Label(), old),
			Evidence: []inspect.Evidence{
				at(d, 0x1B8, old, now),
				storeEvidence(m, "", now, fmt.Sprintf("%d references to partitions of the disk %s", w.Store, old)),
				keyEvidence(w.Windows, "MountedDevices", now, w.Letter+" is on the disk "+old),
			}}
		patches, err := oldSignature(m, w)
		f.fixableBy(patches, err, "bootmend part signature DISK HEX writes a signature.")
		return f
	})
}
