package repair

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// activationNotes says which Windows may ask for activation again: Windows XP and
// Server 2003 compare the hardware with that of their activation when they start,
// before anybody can log on. Windows 2000 has no activation; Vista and later log on
// without it. What is kept of the activation (wpa.dbl, the key WPA) no step is about.
func (p *Plan) activationNotes() []string {
	var all []string
	for _, w := range p.otherHardware() {
		if s := fmt.Sprintf("%s may ask to be activated again, because it will meet other hardware; its activation data is left as it is.", w.Label()); watchesHardware(w) && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// otherHardware are the installations that the plan changes for other hardware,
// some of them more than once.
func (p *Plan) otherHardware() []*inspect.Installation {
	var all []*inspect.Installation
	for _, f := range p.Fixes {
		if c, ok := condition.ByID(f.Finding.ID); ok && c.Hardware && f.Finding.Windows != nil {
			all = append(all, f.Finding.Windows)
		}
	}
	for _, a := range p.Actions {
		if a.Hardware && a.Windows != nil && len(a.Steps) > 0 {
			all = append(all, a.Windows)
		}
	}
	return all
}

// watchesHardware: NT 5.1 and 5.2; ReactOS, which says it is 5.2, is free.
func watchesHardware(w *inspect.Installation) bool {
	return w.VersionErr == nil && w.Version.Major == 5 && (w.Version.Minor == 1 || w.Version.Minor == 2) && !w.IsReactOS()
}
