package bootchain

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
)

// StorePaths are where the boot manager of Vista and later keeps its store: by
// BIOS, by UEFI.
func StorePaths() []string { return []string{`\Boot\BCD`, `\EFI\Microsoft\Boot\BCD`} }

// BootManager is the boot manager of Vista and later on the volume that the
// firmware starts from, and its store.
type BootManager struct {
	System   *inspect.Volume
	Firmware bcd.Firmware
	// Windows are the installations of Vista and later that are started through it.
	Windows []*inspect.Installation

	Path string // of the store
	// Gone says why there is no store ("the file is empty"), Err why the one that
	// is there cannot be used; otherwise Store is set.
	Gone  string
	Err   error
	Store *bcd.Store
}

// BootManagers are those that start the Windows of the patient, in the order in
// which these were found. A volume that cannot be read has none: that is another
// fault.
func BootManagers(p *inspect.Patient) []*BootManager {
	if !edition.NT6 {
		return nil
	}
	var all []*BootManager
	of := map[*inspect.Volume]*BootManager{}
	for _, w := range p.Windows {
		if IsNT5(w) || w.VersionErr != nil || !w.Version.AtLeast(6, 0) {
			continue
		}
		system := SystemVolume(p, w)
		if system == nil || system.FS == nil {
			continue
		}
		m := of[system]
		if m == nil {
			m = readBootManager(system, firmwareOfStore(w.Volume.Disk))
			of[system] = m
			all = append(all, m)
		}
		m.Windows = append(m.Windows, w)
	}
	return all
}

// firmwareOfStore: Windows starts from GPT by UEFI only, from MBR by BIOS only.
func firmwareOfStore(d *inspect.Disk) bcd.Firmware {
	if d.Table != nil && d.Table.Scheme == part.GPT {
		return bcd.UEFI
	}
	return bcd.BIOS
}

func readBootManager(system *inspect.Volume, firmware bcd.Firmware) *BootManager {
	m := &BootManager{System: system, Firmware: firmware, Path: StorePaths()[0]}
	if firmware == bcd.UEFI {
		m.Path = StorePaths()[1]
	}
	info, err := system.FS.Stat(m.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrNotDir):
		m.Gone = "the file does not exist"
		return m
	case err != nil:
		m.Err = err
		return m
	case info.IsDir():
		m.Err = fmt.Errorf("%s: %w", m.Path, fs.ErrIsDir)
		return m
	case info.Size == 0:
		m.Gone = "the file is empty"
		return m
	}
	m.Store, m.Err = OpenStore(system, m.Path)
	return m
}

// errNoStores: the build that knows NT 4 to Server 2003 only reads none.
var errNoStores = errors.New("this small bootmend reads no boot configuration data")

// OpenStore opens a store of a volume with its logs carried out in memory. Errors
// come from reading, or say what is wrong with the hive.
func OpenStore(v *inspect.Volume, path string) (*bcd.Store, error) {
	if !edition.NT6 {
		return nil, errNoStores
	}
	src, err := hivefile.OnVolume(v.FS, path)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", v.ID(), path, err)
	}
	f, err := hivefile.Open(src)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", v.ID(), path, err)
	}
	s, err := bcd.Open(f.Hive)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", v.ID(), path, err)
	}
	return s, nil
}

// StoreIdentity is how a store names the partition of a volume.
func StoreIdentity(v *inspect.Volume) (bcd.Identity, error) {
	if v.Disk.Table == nil {
		return bcd.Identity{}, v.Disk.Err
	}
	return bcd.IdentityOf(v.Disk.Table, v.Partition)
}

// LoaderOf finds the loader object of a Windows by partition and folder: the one
// that starts by default, else the first in the menu, else any. Windows PE and
// recovery environments are none. Nil where there is none.
func LoaderOf(s *bcd.Store, id bcd.Identity, root string) (loader *bcd.Object, isDefault bool) {
	if !edition.NT6 {
		return nil, false
	}
	for _, o := range StartOrder(s) {
		if o.Type == bcd.TypeLoader && StartsFrom(o, id, root) && !IsYes(o.Element(bcd.ElementWinPE)) {
			return o, o == s.Object(bcd.DefaultEntry)
		}
	}
	return nil, false
}

// StartOrder are the objects of a store: the default one, those of the menu, the
// others. An object may occur more than once.
func StartOrder(s *bcd.Store) []*bcd.Object {
	var all []*bcd.Object
	if def := s.Object(bcd.DefaultEntry); def != nil {
		all = append(all, def)
	}
	if m := s.Object(bcd.BootManager); m != nil {
		if e := m.Element(bcd.ElementDisplayOrder); e != nil {
			menu, _ := e.Objects() // a damaged one leaves the order of the store
			for _, id := range menu {
				if o := s.Object(id); o != nil {
					all = append(all, o)
				}
			}
		}
	}
	return append(all, s.Objects...)
}

// StartsFrom compares the folder and every partition that osdevice names.
func StartsFrom(o *bcd.Object, id bcd.Identity, root string) bool {
	device, folder := o.Element(bcd.ElementOSDevice), o.Element(bcd.ElementSystemRoot)
	if device == nil || folder == nil {
		return false
	}
	name, err := folder.Text()
	if err != nil || !strings.EqualFold(fs.JoinPath(name), fs.JoinPath(root)) {
		return false
	}
	on, err := device.Device()
	if err != nil || on.Kind != bcd.KindPartition {
		return false
	}
	for _, one := range on.Identities() {
		if one == id {
			return true
		}
	}
	return false
}

// IsYes reads a yes-or-no element, which may be missing.
func IsYes(e *bcd.Element) bool {
	if e == nil {
		return false
	}
	on, err := e.Boolean()
	return err == nil && on
}

// Loader finds the object that starts one of the manager's Windows.
func (m *BootManager) Loader(w *inspect.Installation) *bcd.Object {
	id, err := StoreIdentity(w.Volume)
	if err != nil || m.Store == nil {
		return nil
	}
	o, _ := LoaderOf(m.Store, id, w.Root)
	return o
}

// Locked reports whether a volume on one of the disks concerned is encrypted with
// BitLocker: what is changed in its boot chain may ask for the recovery key.
func (m *BootManager) Locked() bool {
	disks := map[*inspect.Disk]bool{m.System.Disk: true}
	for _, w := range m.Windows {
		disks[w.Volume.Disk] = true
	}
	for d := range disks {
		for _, v := range d.Volumes {
			if v.Kind == fs.BitLocker || v.BitLocker != nil {
				return true
			}
		}
	}
	return false
}
