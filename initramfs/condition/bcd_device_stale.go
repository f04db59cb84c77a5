package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// The store names partitions that are not there: the disk got another signature or
// GUID, or the partition another place.
//
// Seen as: 0xc000000e "The boot selection failed because a required device is
// inaccessible", 0xc0000225. Vista and later.
// Cause: a copy to another disk, a tool or another Windows that gave the disk a new
// signature (two disks had the same), partitions that were moved.
// Evidence: the device elements of what starts by default against the partition
// tables: signature and start (MBR), GUIDs (GPT).
// Fix: each reference gets the present name of its partition, in place; nested ones
// too, and those of other entries where they are known. What a partition is now
// tells its place on the disk or its GUID together with the Windows on it. The boot
// manager's own partition is the one of the store, also where another disk has the
// signature by now that it is known by.
// Not fixed: where several partitions could be meant, or none. Where everything
// still knows the old signature, that is brought back: disk-signature-changed.
var bcdDeviceStale = Condition{
	ID:     "bcd-device-stale",
	Title:  "The boot configuration (BCD) names partitions that are not there",
	Detect: detectBCDDeviceStale,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		return editStore(p, f.Volume, "the boot manager finds its partitions", func(m *bootchain.BootManager, e *bcd.Editor) error {
			moved := m.Moved(p)
			r, err := m.Store.Rewrite(moved.To)
			if err != nil {
				return err
			}
			if err := e.Apply(r.Changes); err != nil || len(moved.Elsewhere) == 0 {
				return err
			}
			id, err := bootchain.StoreIdentity(m.System)
			if err != nil {
				return err
			}
			for _, ref := range moved.Elsewhere {
				if err := e.Set(ref.Object, ref.Element, bcd.DeviceValue(bcd.PartitionDevice(id))); err != nil {
					return err
				}
			}
			return nil
		})
	},
}

// inaccessible is what the boot manager shows when a device of an entry is not there.
const inaccessible = `0xc000000e "The boot selection failed because a required device is inaccessible", or 0xc0000225`

func detectBCDDeviceStale(_ context.Context, p *inspect.Patient) []Finding {
	return storeFindings(p, func(m *bootchain.BootManager) *Finding {
		moved := m.Moved(p)
		if len(moved.Starts) == 0 && len(moved.Manager) == 0 {
			return nil
		}
		if _, old := m.OldSignature(p); old {
			return nil // disk-signature-changed
		}
		f := &Finding{Result: Present, Severity: Fatal, Confidence: High, Symptom: inaccessible, Fixable: len(moved.Lost) == 0 && len(moved.To) > 0,
			Summary: fmt.Sprintf("%s on %s names partitions that no disk has.", m.Path, m.System.ID())}
		if len(moved.Starts) == 0 {
			f.Severity = Warning // the boot manager reads its store where it was started from
		}
		for _, ref := range append(moved.Starts, moved.Manager...) {
			expected := "a partition that is there"
			if to, ok := moved.To[ref.Identity]; ok {
				expected = to.Short()
			}
			o := m.Store.Object(ref.Object)
			f.Evidence = append(f.Evidence, storeEvidence(m, o.ID.Alias()+" "+o.Type.ElementName(ref.Element), expected, ref.Identity.Short()))
		}
		for _, ref := range moved.Elsewhere {
			o := m.Store.Object(ref.Object)
			f.Evidence = append(f.Evidence, storeEvidence(m, o.ID.Alias()+" "+o.Type.ElementName(ref.Element), "the partition of the store", ref.Identity.Short()+", which is one of another disk"))
		}
		f.Hides = f.Fixable // what the entries start, which is judged by where they lead
		if !f.Fixable {
			f.Advice = "Which partition is meant cannot be told: attach the disk with it, or name it with bootmend bcd set DISK:PARTITION: {default} osdevice partition=ID."
		}
		return f
	})
}
