package systempart

import (
	"errors"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// Attributes that Windows gives its boot files.
const (
	bootmgrAttributes = fs.AttrReadOnly | fs.AttrHidden | fs.AttrSystem | fs.AttrArchive
	folderAttributes  = fs.AttrHidden | fs.AttrSystem
)

// fromWindows makes what a system partition holds out of the copies that every Windows
// from Vista on keeps: \Windows\Boot\PCAT, Fonts, Resources, and a new store.
func (m *mover) fromWindows() error {
	w := m.windows
	if w.VersionErr != nil || !w.Version.AtLeast(6, 0) {
		return part.Refuse("%s has no system partition to copy from, and up to Server 2003 Windows keeps no copies of its boot files; run bootmend repair, or use fixboot of the Recovery Console and copy ntldr and ntdetect.com from the medium", w.Label())
	}
	if err := bootchain.LoaderFileFault(m.to, w.Path(`Boot\PCAT\bootmgr`)); err != nil && !errors.Is(err, bootchain.ErrCompressed) {
		return part.Refuse("%s has no system partition to copy from, and its own copy of the boot manager cannot be used (%v); use bcdboot of a Windows medium", w.Label(), err)
	}
	m.copied = map[string]bool{}
	if err := m.bootFiles(); err != nil {
		return err
	}
	if err := m.newStore(); err != nil {
		return err
	}
	m.plan.note("There was no system partition to copy from: the boot files are those that %s keeps, and the boot configuration is new. In Windows, reagentc /enable registers the recovery environment again.", w.Label())
	return m.finish("BOOTMGR")
}

// bootFiles lays out the copies as bcdboot does.
func (m *mover) bootFiles() error {
	w := m.windows
	read := func(path string) ([]fs.Info, error) {
		list, err := w.Volume.FS.ReadDir(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return list, err
	}
	if err := m.folder(bootFolder, folderAttributes); err != nil {
		return err
	}
	list, err := read(w.Path(`Boot\PCAT`))
	if err != nil {
		return err
	}
	for _, i := range list {
		source := w.Path(`Boot\PCAT\` + i.Name)
		switch {
		case strings.EqualFold(i.Name, "bootmgr"), strings.EqualFold(i.Name, "bootnxt"):
			name := `\` + strings.ToLower(i.Name)
			if name == `\bootnxt` {
				name = `\BOOTNXT`
			}
			err = m.as(source, name, bootmgrAttributes)
		case i.IsDir():
			err = m.tree(w.Volume, source, fs.JoinPath(bootFolder, i.Name), nothing, 1)
		default:
			err = m.as(source, fs.JoinPath(bootFolder, i.Name), fs.AttrArchive)
		}
		if err != nil {
			return err
		}
	}
	for _, name := range []string{"Fonts", "Resources"} {
		if !bootchain.Exists(w.Volume, w.Path(`Boot\`+name)) {
			continue
		}
		if err := m.tree(w.Volume, w.Path(`Boot\`+name), fs.JoinPath(bootFolder, name), nothing, 1); err != nil {
			return err
		}
	}
	return nil
}

func nothing(string) bool { return false }

// as copies a file of Windows under other attributes.
func (m *mover) as(source, to string, attributes fs.Attributes) error {
	f, err := m.to.FS.Open(source)
	if err != nil {
		return err
	}
	content, err := step.NewContent(f, f.Info().Size)
	if err != nil {
		return err
	}
	return m.put(to, content, attributes)
}

// newStore makes a store for every Windows of the disk that no boot manager
// starts.
func (m *mover) newStore() error {
	manager := &bootchain.BootManager{System: m.to, Firmware: bcd.BIOS, Path: bootchain.StorePaths()[0], Windows: m.startless()}
	content, err := manager.Rebuild(m.patient)
	if err != nil {
		return part.Refuse("no boot configuration can be made: %v", err)
	}
	return m.content(manager.Path, content)
}

// startless are the Windows from Vista on of this disk that have no boot manager, the
// one that is meant first.
func (m *mover) startless() []*inspect.Installation {
	all := []*inspect.Installation{m.windows}
	for _, w := range m.patient.Windows {
		if w != m.windows && w.Volume.Disk == m.to.Disk && !bootchain.IsNT5(w) && w.VersionErr == nil {
			all = append(all, w)
		}
	}
	return all
}
