package condition

import (
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
)

// causes are what findings of one scan explain: a fault that is another view of
// a fault that is named has no place of its own in the list.
type causes struct {
	// unread volumes: their boot sector or first records are destroyed and can
	// be mended.
	unread map[*inspect.Volume]bool
	// unreadSystem: disks with an unread volume that may be the one with the boot
	// loader, and that the next repair mends.
	unreadSystem map[*inspect.Disk]bool
	// unseen: something keeps partitions from being seen.
	unseen bool
	// damaged: the SYSTEM hive is; noSet: the control set that Select names is
	// missing in it.
	damaged, noSet map[*inspect.Installation]bool
	// renamed: disks that have another signature than the one Windows knows.
	renamed map[*inspect.Disk]bool
	// loader: the loader of Windows is missing, and there is a copy of it, or none.
	loader map[*inspect.Installation]copyThere
}

// copyThere says whether a copy of something is there.
type copyThere int

const (
	notMissing copyThere = iota
	hasCopy
	noCopy
)

func causesIn(all []Finding) causes {
	c := causes{unread: map[*inspect.Volume]bool{}, unreadSystem: map[*inspect.Disk]bool{}, renamed: map[*inspect.Disk]bool{},
		damaged: map[*inspect.Installation]bool{}, noSet: map[*inspect.Installation]bool{}, loader: map[*inspect.Installation]copyThere{}}
	for _, f := range all {
		switch f.ID {
		case hiveDamaged.ID:
			c.damaged[f.Windows] = c.damaged[f.Windows] || f.Hides
		case controlsetSelect.ID:
			c.noSet[f.Windows] = c.noSet[f.Windows] || f.Hides
		case mbrSignatureMissing.ID, protectiveMBRWrong.ID, dynamicDisk.ID:
			c.unseen = c.unseen || f.Severity != Info
		case winloadMissing.ID:
			if c.loader[f.Windows] = noCopy; f.Fixable {
				c.loader[f.Windows] = hasCopy
			}
		case diskSignatureChanged.ID:
			c.renamed[f.Volume.Disk] = true
		case ntfsDamaged.ID, vbrDamaged.ID:
			if f.Fixable && (f.Volume.FS == nil || f.Volume.Err != nil) {
				c.unread[f.Volume] = true
				c.unreadSystem[f.Volume.Disk] = c.unreadSystem[f.Volume.Disk] || f.Confidence == High && !f.Volume.Partition.Logical
			}
		}
	}
	return c
}

// explain reports whether f is a consequence: that a volume cannot be read, or
// no Windows is found, where the reason is named; where the boot loader is, and
// that it is missing, while a volume that may have it cannot be read; what a damaged hive seems to
// say, and that its logs do not help; what is missing in a control set that is
// missing itself.
func (c causes) explain(f Finding) bool {
	condition, _ := ByID(f.ID)
	switch {
	case f.ID == volumeDamaged.ID:
		return c.unread[f.Volume]
	case f.ID == mountedDevicesStale.ID:
		return c.renamed[f.Windows.Volume.Disk] || c.damaged[f.Windows] || c.noSet[f.Windows]
	case f.ID == firmwareMismatch.ID && c.loader[f.Windows] == hasCopy, f.ID == winloadMissing.ID && c.loader[f.Windows] == noCopy:
		return onlyLoader(f.Windows) != machine.UnknownFirmware // a missing file looks like the other firmware's Windows, and the reverse
	case aboutLoader(f.ID):
		return c.unreadSystem[f.Disk] || f.OnVolume() != nil && c.unreadSystem[f.OnVolume().Disk]
	case f.ID == windowsNotFound.ID:
		return len(c.unread) > 0 || c.unseen
	case c.damaged[f.Windows] && (condition.InHive || f.ID == hiveLogPending.ID):
		return true
	case c.noSet[f.Windows] && f.ID != controlsetSelect.ID:
		return condition.InHive || strings.HasPrefix(f.ID, "storage-driver-")
	}
	return false
}

// aboutLoader are the conditions that ask where the boot loader is and what
// belongs to it.
func aboutLoader(id string) bool {
	switch id {
	case "active-missing", "active-multiple", "active-wrong", "boot-chain-broken", "ntldr-missing", "ntdetect-missing", "bootini-missing",
		"bootmgr-missing", "bcd-missing", "esp-loader-missing", "esp-fallback-missing", "system-partition-missing":
		return true
	}
	return false
}

func withoutConsequences(all []Finding) []Finding {
	return slices.DeleteFunc(all, causesIn(all).explain)
}
