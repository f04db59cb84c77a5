package pairs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// isLost: the damage takes the system partition away.
func isLost(d damage.Damage) bool {
	return d.Finding == "system-partition-missing" && d.InSectors() && !d.Table
}

// lostPartition is the number of a system partition that is lost; 0 for none. On BIOS
// the partition of Windows takes its place, and the active flag; on UEFI it gets a
// new file system, which an undo leaves where there were zeros.
func (f fault) lostPartition() int {
	i := slices.IndexFunc(f.guest.Parts, func(p guests.Partition) bool { return p.Active || p.FS == "vfat" })
	if i < 0 || !slices.ContainsFunc(f.damages, isLost) {
		return 0
	}
	return f.guest.Parts[i].Number
}

// refilled: there is a new file system.
func (f fault) refilled() bool {
	return f.guest.GPT && !slices.ContainsFunc(f.damages, func(d damage.Damage) bool { return isLost(d) && d.Stays() })
}

// withoutFlags are the lines of a table without the active flag.
func withoutFlags(table []string) []string {
	all := slices.Clone(table)
	for i := range all {
		all[i] = strings.ReplaceAll(all[i], ", bootable", "")
	}
	return all
}

// kept is a state without what an undo leaves.
func (f fault) kept(s state) state {
	prefix := fmt.Sprintf("partition %d", f.lostPartition())
	for name := range s {
		if f.lostPartition() > 0 && f.refilled() && strings.HasPrefix(name, prefix) {
			delete(s, name)
		}
	}
	return s
}
