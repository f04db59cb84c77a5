package guests

import (
	"fmt"
	"strings"
)

// LegacyLoader is the object that starts \ntldr.
const LegacyLoader = "{466f5a88-0af2-4f76-9038-095b170dc21c}"

// entry is one more line of the boot menu.
type entry struct{ id, device, name string }

// OtherLoader is the loader object of a further Windows of Vista and later, on the
// partition.
func OtherLoader(partition int) string {
	return fmt.Sprintf("{5d5b1a4%x-2c3b-11e0-9c1c-806e6f6e6963}", partition)
}

// otherEntries are for the Windows besides the one on the partition first: what the
// set-up of that one found there.
func (g *Guest) otherEntries(system *Partition, first int) ([]entry, error) {
	var all []entry
	for i := range g.Parts {
		p := &g.Parts[i]
		for _, e := range p.Entries {
			switch {
			case p.Number == system.Number && strings.EqualFold(e.Path, `\ntldr`):
				all = append(all, entry{id: LegacyLoader})
			case p.Number != first && strings.EqualFold(e.Path, `\Windows\System32\winload.exe`):
				device, err := g.device(p)
				if err != nil {
					return nil, err
				}
				var major, minor, build int
				fmt.Sscanf(e.Version, "%d.%d.%d", &major, &minor, &build)
				all = append(all, entry{OtherLoader(p.Number), device, nameOf(major, minor, build)})
			}
		}
	}
	return all, nil
}

// menu is the order of the entries.
func (s *storeWriter) menu() []string {
	all := []string{Loader}
	for _, o := range s.others {
		all = append(all, o.id)
	}
	return all
}

func nameOf(major, minor, build int) string {
	switch name := map[string]string{"6.0": "Microsoft Windows Vista", "6.1": "Windows 7", "6.2": "Windows 8", "6.3": "Windows 8.1"}[fmt.Sprintf("%d.%d", major, minor)]; {
	case name != "":
		return name
	case build >= 22000:
		return "Windows 11"
	}
	return "Windows 10"
}
