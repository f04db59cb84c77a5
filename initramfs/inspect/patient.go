package inspect

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/bitlocker"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
	"github.com/bootmend/bootmend/initramfs/fs/ntfs/logfile"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/part"
)

// Evidence is one observation that a fact or a finding rests on.
type Evidence struct {
	Volume   string // VolumeID, or the path of the disk
	Path     string // file, or file and registry key; may be empty
	Offset   int64  // byte offset in what Path (or else Volume) names; -1 when it does not apply
	Expected string
	Actual   string
}

func (e Evidence) String() string {
	var b strings.Builder
	b.WriteString(e.Volume)
	if e.Path != "" {
		b.WriteString(" " + e.Path)
	}
	if e.Offset >= 0 {
		fmt.Fprintf(&b, " at %#x", e.Offset)
	}
	b.WriteString(": " + e.Actual)
	if e.Expected != "" {
		b.WriteString(" (expected " + e.Expected + ")")
	}
	return b.String()
}

// Source is a disk to be inspected.
type Source struct {
	Path string // as the person named it
	Dev  block.Device
	// Unlocked are volumes that Dev shows decrypted (package bitlocker).
	Unlocked []bitlocker.Unlocked
}

// Patient is everything that was found. The pointers below it lead back up.
type Patient struct {
	Machine *machine.Machine // nil: unknown
	Disks   []*Disk
	Windows []*Installation
	// Media are where driver packages may come from besides the disks: what a
	// person named, what the image brings along, attached media.
	Media []source.Tree
	// Journals that interrupted repairs left. Where one can be carried on, the
	// disks are seen as they will be after that.
	Journals []Journal
}

// Journal is an open journal as far as a finding needs it.
type Journal struct {
	Where     string
	Verdict   string // what recovery would do
	Overtaken bool   // somebody else used the disk since
	Evidence  []Evidence
	Err       error // it cannot be judged
}

// Disk is one disk of the patient.
type Disk struct {
	Path       string
	Dev        block.Device // with the sector size that its table was made for
	Table      *part.Table  // nil when Err is not
	Err        error        // why the table could not be read
	Controller *machine.Controller
	Volumes    []*Volume
	Unlocked   []bitlocker.Unlocked
	Rescue     bool // the medium that bootmend itself was started from; not looked into
}

// Name is the last part of the path, for people.
func (d *Disk) Name() string { return filepath.Base(d.Path) }

// Volume is a partition and the file system in it.
type Volume struct {
	Disk      *Disk
	Partition part.Partition
	Kind      fs.Kind
	// BitLocker is the encryption of the volume, where it has one that can be
	// read; BitLockerErr says why it cannot be. With UnlockedBy it is unlocked, and
	// everything here is of its content.
	BitLocker    *bitlocker.Volume
	BitLockerErr error
	UnlockedBy   *bitlocker.Protector
	Dev          block.Device // the partition, as FS sees it; nil when it is not all there
	FS           fs.FS        // nil when it is not one that we read, or Err is set
	Err          error        // why it could not be opened

	// Damage lists contradictions in the file system that were met while
	// looking for Windows and reading its files. They wrap fs.ErrDamaged.
	Damage []error

	// Hibernated says in words why a Windows would resume from this volume; ""
	// when none would. HibernatedBy is where that was read.
	Hibernated   string
	HibernatedBy []Evidence

	// State is that of an NTFS volume. StateErr says why it is nil there.
	State    *ntfs.State
	StateErr error

	// Replayed says what an open NTFS log holds. FS then shows the volume as it
	// will be when that is carried out, which has happened in memory only; nil
	// where the log is clean or cannot be replayed, the latter with ReplayErr.
	// Log is what an open log holds as far as it could be followed.
	Replayed  *logfile.Result
	ReplayErr error
	Log       *logfile.Plan
}

// ID names the volume in reports: "disk.raw partition 1".
func (v *Volume) ID() string {
	if v.Partition.Number == 0 {
		return v.Disk.Name() + " whole disk"
	}
	return fmt.Sprintf("%s partition %d", v.Disk.Name(), v.Partition.Number)
}

// Serial is the serial number that formatting gave the volume, 0 where there is
// none.
func (v *Volume) Serial() uint64 {
	switch volume := v.FS.(type) {
	case *ntfs.Volume:
		return volume.Boot().Serial
	case *fat.Volume:
		return uint64(volume.Boot().Serial)
	}
	return 0
}

// NTFSEvidence shows what package ntfs read on the volume as evidence.
func (v *Volume) NTFSEvidence(list []ntfs.Evidence) []Evidence {
	var all []Evidence
	for _, e := range list {
		all = append(all, Evidence{Volume: v.ID(), Path: e.Path, Offset: e.Off, Actual: e.What + " is " + e.Got})
	}
	return all
}

// maxDamage is enough to show; a volume can have thousands.
const maxDamage = 20

// Key identifies the volume across two inspections of the same disks. ID is
// for people: two disks can have the same name.
func (v *Volume) Key() string { return fmt.Sprintf("%s@%#x", v.Disk.Path, v.Partition.Range.Off) }

// note keeps err, once, if it says that the file system is damaged, and
// returns it.
func (v *Volume) note(err error) error {
	if errors.Is(err, fs.ErrDamaged) && len(v.Damage) < maxDamage &&
		!slices.ContainsFunc(v.Damage, func(d error) bool { return d.Error() == err.Error() }) {
		v.Damage = append(v.Damage, err)
	}
	return err
}

// Volumes lists all volumes of all disks.
func (p *Patient) Volumes() []*Volume {
	var all []*Volume
	for _, d := range p.Disks {
		all = append(all, d.Volumes...)
	}
	return all
}

// FindWindows returns the installation with that ID, nil when there is none.
func (p *Patient) FindWindows(id string) *Installation {
	for _, w := range p.Windows {
		if w.ID == id {
			return w
		}
	}
	return nil
}
