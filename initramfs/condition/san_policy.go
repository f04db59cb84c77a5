package condition

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// Windows leaves disks that are new to it offline, and there are data disks.
//
// Seen as: Windows starts, but services whose data lie on other disks do not, and
// the disks are offline. Vista and later, servers above all: after a move the
// disks are new to Windows.
// Evidence: SanPolicy of service partmgr is 3 (all offline) or 4 (internal ones
// offline), and another disk with Windows volumes is attached. 1 is online, 2
// leaves shared disks offline; both are ordinary.
// Fix: on request SanPolicy = 1, in every control set.
var sanPolicy = Condition{
	ID:     "san-policy",
	Title:  "Windows will leave data disks offline",
	InHive: true,
	Detect: detectSANPolicy,
	Fix: func(_ *inspect.Patient, f Finding) ([]step.Step, error) {
		var steps []step.Step
		policies := offlinePolicies(f.Windows)
		for _, key := range slices.Sorted(maps.Keys(policies)) {
			steps = append(steps, setDWORD(f.Windows, key, "SanPolicy", policies[key], 1, "disks that are new to Windows are online"))
		}
		return steps, nil
	},
}

// offlinePolicies gives the keys whose policy takes disks offline.
func offlinePolicies(w *inspect.Installation) map[string]uint32 {
	all := map[string]uint32{}
	for _, set := range w.ControlSets {
		key := set.Path + `\Services\partmgr\Parameters`
		old, err := valueData(w, key, "SanPolicy")
		if err != nil || old == nil || old.Type != regf.RegDWORD || len(old.Bytes) != 4 {
			continue
		}
		if n := uint32(old.Bytes[0]); n == 3 || n == 4 {
			all[key] = n
		}
	}
	return all
}

func detectSANPolicy(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		if !readable(w) || w.VersionErr != nil || !w.Version.AtLeast(6, 0) {
			continue
		}
		policies := offlinePolicies(w)
		other := dataDisk(p, w)
		if len(policies) == 0 || other == nil {
			continue
		}
		f := Finding{Result: Present, Severity: Info, Confidence: Low, Windows: w, Fixable: true,
			Summary: fmt.Sprintf("%s leaves disks offline that are new to it, and %s is one after a move.", w.Label(), other.Name()),
			Advice:  "It may be meant (clusters, shared storage). If the disks belong to this Windows, repair --only san-policy lets it bring them online; or use diskpart in Windows."}
		for _, key := range slices.Sorted(maps.Keys(policies)) {
			f.Evidence = append(f.Evidence, keyEvidence(w, key, "1 or 2", fmt.Sprintf("SanPolicy is %d", policies[key])))
		}
		all = append(all, f)
	}
	return all
}

// dataDisk is another disk with volumes that Windows uses.
func dataDisk(p *inspect.Patient, w *inspect.Installation) *inspect.Disk {
	for _, d := range p.Disks {
		if d == w.Volume.Disk || d.Rescue {
			continue
		}
		for _, v := range d.Volumes {
			if v.Kind == fs.NTFS {
				return d
			}
		}
	}
	return nil
}
