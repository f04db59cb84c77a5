package ntfs

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// Evidence is one thing that was read, and where.
type Evidence struct {
	Path string // file on the volume, "" for the volume itself
	Off  int64  // byte offset in that file, or in the volume without one
	What string // name of the field
	Got  string // its value, in words or hexadecimal
}

// VolumeFlags are the flags of $VOLUME_INFORMATION.
type VolumeFlags uint16

// Flags that have been seen, with the names of ntfs-3g's layout.h. The name of
// 0x0080 is not public; Windows 8 and later set it on healthy volumes.
const (
	VolumeDirty            VolumeFlags = 0x0001
	VolumeResizeLogFile    VolumeFlags = 0x0002
	VolumeUpgradeOnMount   VolumeFlags = 0x0004
	VolumeMountedOnNT4     VolumeFlags = 0x0008
	VolumeDeleteUSN        VolumeFlags = 0x0010
	VolumeRepairObjectID   VolumeFlags = 0x0020
	VolumeWindows8         VolumeFlags = 0x0080
	VolumeChkdskUnderway   VolumeFlags = 0x4000
	VolumeModifiedByChkdsk VolumeFlags = 0x8000
)

const knownVolumeFlags = VolumeDirty | VolumeResizeLogFile | VolumeUpgradeOnMount | VolumeMountedOnNT4 | VolumeDeleteUSN |
	VolumeRepairObjectID | VolumeWindows8 | VolumeChkdskUnderway | VolumeModifiedByChkdsk

// State is what the volume says about its own condition.
type State struct {
	Label        string
	Serial       uint64 // of the boot sector
	Major, Minor uint8  // NTFS version: 1.2 Windows NT 4, 3.0 Windows 2000, 3.1 later
	Flags        VolumeFlags
	Log          LogState
	Hibernation  Hibernation
	Evidence     []Evidence // of label, version and flags; Log and Hibernation have their own
}

// Blockers says in sentences why the volume must not be written to; none means
// that nothing speaks against it. A Windows that hibernated, or that has
// transactions in the log, would overwrite the change or be damaged by it.
func (s State) Blockers() []string {
	why := s.FlagBlockers()
	if !s.Log.Clean {
		why = append(why, s.Log.Why)
	}
	if s.Hibernation.Active {
		why = append(why, s.Hibernation.Why)
	}
	return why
}

// FlagBlockers is the part of Blockers that the flags of $Volume give.
func (s State) FlagBlockers() []string {
	var why []string
	if s.Flags&VolumeDirty != 0 {
		why = append(why, "the volume is marked dirty ($Volume flag 0x0001): Windows has to check it first (chkdsk)")
	}
	if s.Flags&VolumeChkdskUnderway != 0 {
		why = append(why, "a check of the volume is underway ($Volume flag 0x4000): let Windows finish chkdsk first")
	}
	if unknown := s.Flags &^ knownVolumeFlags; unknown != 0 {
		why = append(why, fmt.Sprintf("$Volume has flags of unknown meaning (%#04x)", uint16(unknown)))
	}
	return why
}

// State reads $Volume, $LogFile and \hiberfil.sys. An error means that the
// condition could not be found out, which is no permission to write.
func (v *Volume) State() (State, error) {
	s := State{Serial: v.boot.Serial}
	s.Evidence = append(s.Evidence, Evidence{Off: 0x48, What: "volume serial number", Got: fmt.Sprintf("%#016x", s.Serial)})
	if err := v.readVolumeRecord(&s); err != nil {
		return s, fmt.Errorf("$Volume: %w", err)
	}
	var err error
	if s.Log, err = v.logState(); err != nil {
		return s, fmt.Errorf("$LogFile: %w", err)
	}
	if s.Hibernation, err = v.hibernation(); err != nil {
		return s, fmt.Errorf("hibernation: %w", err)
	}
	return s, nil
}

// readVolumeRecord fills in label, version and flags.
func (v *Volume) readVolumeRecord(s *State) error {
	n, err := v.openRef(recordVolume)
	if err != nil {
		return err
	}
	a, ok, err := n.find(attrVolumeInformation, nil)
	if err != nil {
		return err
	}
	if !ok || a.nonResident() || len(a.value()) < 12 {
		return damaged("$Volume", 0, "no resident $VOLUME_INFORMATION of 12 bytes")
	}
	b := a.value()
	s.Major, s.Minor, s.Flags = b[8], b[9], VolumeFlags(le.Uint16(b[10:]))
	var at int64 = -1
	if n.list == nil { // else it may lie in another record
		at = recordVolume*int64(v.boot.RecordSize) + int64(a.off) + int64(le.Uint16(a.b[0x14:]))
	}
	s.Evidence = append(s.Evidence,
		Evidence{Path: `\$MFT`, Off: at + 8, What: "NTFS version", Got: fmt.Sprintf("%d.%d", s.Major, s.Minor)},
		Evidence{Path: `\$MFT`, Off: at + 10, What: "$VOLUME_INFORMATION flags", Got: fmt.Sprintf("%#04x", uint16(s.Flags))})
	if a, ok, err = n.find(attrVolumeName, nil); err != nil || !ok || a.nonResident() {
		return err
	}
	s.Label = fs.DecodeName(units(a.value()))
	return nil
}

// metaStream opens the unnamed data of a file of the file system by number.
func (v *Volume) metaStream(no uint64, what string) (*stream, error) {
	n, err := v.openRef(ref(no))
	if err != nil {
		return nil, err
	}
	a, ok, err := n.find(attrData, nil)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, damaged(what, 0, "no $DATA")
	}
	return n.stream(what, a)
}
