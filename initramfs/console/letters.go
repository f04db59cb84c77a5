package console

import (
	"bytes"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// letters are the drive letters of each Windows, in their order.
func letters(p *inspect.Patient) map[string][]Letter {
	all := map[string][]Letter{}
	for _, w := range p.Windows {
		if w.System == nil {
			continue
		}
		list, _ := w.System.MountedDevices() // those that could be read
		for _, m := range list {
			if m.Letter == 0 {
				continue
			}
			l := Letter{Letter: m.Letter, Where: m.String()}
			if _, what, ok := strings.Cut(l.Where, ": "); ok {
				l.Where = what
			}
			for _, v := range p.Volumes() {
				if id := bootchain.MountedIdentity(v); id != nil && bytes.Equal(id, m.Data) {
					l.Where, l.Found = v.ID(), true
				}
			}
			all[w.ID] = append(all[w.ID], l)
		}
		slices.SortFunc(all[w.ID], func(a, b Letter) int { return int(a.Letter) - int(b.Letter) })
	}
	return all
}

// services are the names of what each Windows starts, in the control set that the
// loader takes.
func services(p *inspect.Patient) map[string][]string {
	all := map[string][]string{}
	for _, w := range p.Windows {
		for _, set := range w.ControlSets {
			if !slices.Contains(set.Roles(), "current") && len(w.ControlSets) > 1 {
				continue
			}
			list, _ := set.Services() // those that could be read
			for _, s := range list {
				if s.HasStart {
					all[w.ID] = append(all[w.ID], s.Name)
				}
			}
			break
		}
	}
	return all
}
