package condition

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// A filter driver that cannot be loaded is on the list of a class of devices, or
// of a device, on the way to the boot volume.
//
// Seen as: STOP 0x0000007B INACCESSIBLE_BOOT_DEVICE, or a start that hangs at
// disk.sys or classpnp.sys; for CD drives no drive (code 39 or 19). All Windows
// from 2000 on; typical after a program was removed by halves (backup, burning,
// virus scanners), or after a move away from Xen or Parallels.
// Cause: Windows starts no device whose filter has no service, no file, or is
// disabled.
// Evidence: UpperFilters and LowerFilters of the classes disk, CDROM, hdc,
// SCSIAdapter, volume and System, of devices of these (Enum) and of the critical
// device database (Windows 2000 keeps filters there, KB 884574), in every control
// set, and Setup\FirstBoot\Filters.
// Fix: that name is removed, the others stay in their order. A list that becomes
// empty is removed, as the device installer of Windows does.
// Not fixed: names that Windows itself puts there; their file has to come back
// (boot-driver-file-missing). A driver that is loaded at boot and whose file comes back
// by itself keeps its name on the list.
var filterDangling = Condition{
	ID:     "filter-dangling",
	Title:  "A filter driver that cannot be loaded keeps devices from starting",
	InHive: true,
	Detect: detectFilterDangling,
	Fix:    fixFilterDangling,
}

// deadFilter is a name on a list, and what is wrong with it.
type deadFilter struct {
	list bootchain.FilterList
	name string
	why  string
}

// deadFilters finds them all but those whose file comes back (boot-driver-file-missing);
// what Windows itself puts there comes separately.
func deadFilters(p *inspect.Patient, w *inspect.Installation) (dead, stock []deadFilter, err error) {
	lists, err := bootchain.FilterLists(w)
	asked := map[string]bool{} // the answers of comesBack: a filter is on many lists
	back := func(name string, set *registry.ControlSet) bool {
		key := set.Path + `\` + strings.ToLower(name)
		if _, known := asked[key]; !known {
			asked[key] = comesBack(p, w, name, set)
		}
		return asked[key]
	}
	for _, l := range lists {
		for _, name := range l.Names {
			if name == "" {
				continue
			}
			why := bootchain.FilterFault(w, l.Set, name)
			switch {
			case why == "":
			case bootchain.IsStockFilter(name):
				stock = append(stock, deadFilter{l, name, why})
			case back(name, l.Set):
			default:
				dead = append(dead, deadFilter{l, name, why})
			}
		}
	}
	return dead, stock, err
}

func detectFilterDangling(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, w := range p.Windows {
		if w.System == nil || len(w.ControlSets) == 0 {
			continue // the hive has conditions of its own
		}
		dead, stock, err := deadFilters(p, w)
		if err != nil {
			all = append(all, Finding{Result: Unknown, Severity: Warning, Confidence: Low, Windows: w,
				Summary: fmt.Sprintf("Not all lists of filter drivers of %s can be read: %v.", w.Label(), err),
				Advice:  "bootmend hive check says what is wrong with the hive."})
		}
		if len(dead)+len(stock) == 0 {
			continue
		}
		f := Finding{Result: Present, Severity: Warning, Confidence: High, Windows: w, Fixable: len(dead) > 0}
		var names []string
		for _, d := range append(dead, stock...) {
			if d.list.OnBootPath() {
				f.Severity, f.Symptom = Fatal, stop7B
			}
			if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, d.name) }) {
				names = append(names, d.name)
			}
			f.Evidence = append(f.Evidence, inspect.Evidence{Volume: w.Volume.ID(), Path: fmt.Sprintf(`%s %s\%s`, w.HivePath, d.list.KeyPath, d.list.Value), Offset: -1,
				Expected: "names of drivers that can be loaded", Actual: fmt.Sprintf("%s: %s", d.name, d.why)})
		}
		f.Summary = fmt.Sprintf("Filter drivers of %s cannot be loaded, so that their devices do not start: %s.", w.Label(), strings.Join(names, ", "))
		if !f.Fixable {
			f.Advice = "They belong to Windows: bring back their files from another Windows of the same version."
		}
		all = append(all, f)
	}
	return all
}

func fixFilterDangling(p *inspect.Patient, f Finding) ([]step.Step, error) {
	dead, _, _ := deadFilters(p, f.Windows) // lists that cannot be read are a finding of their own
	return withoutFilters(f.Windows, dead, "devices start without the filter that cannot be loaded"), nil
}

// withoutFilters are the steps that take names off their lists, one for each
// list.
func withoutFilters(w *inspect.Installation, dead []deadFilter, why string) []step.Step {
	var steps []step.Step
	done := map[string]bool{}
	for _, d := range dead {
		key := d.list.KeyPath + `\` + d.list.Value
		if done[key] {
			continue
		}
		done[key] = true
		kept := slices.DeleteFunc(slices.Clone(d.list.Names), func(n string) bool {
			return n == "" || slices.ContainsFunc(dead, func(x deadFilter) bool {
				return x.list.KeyPath == d.list.KeyPath && x.list.Value == d.list.Value && strings.EqualFold(x.name, n)
			})
		})
		s := step.SetValue{Volume: w.Volume, File: w.HivePath, Key: d.list.KeyPath, Value: d.list.Value,
			Old: &step.Data{Type: d.list.Type, Bytes: d.list.Data}, Why: why}
		if len(kept) > 0 {
			s.New = &step.Data{Type: regf.RegMultiSZ, Bytes: registry.MultiSZ(kept...)}
		}
		steps = append(steps, s)
	}
	return steps
}
