package systempart

import (
	"bytes"
	"errors"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/bootini"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
)

// rootFiles are the boot files in the root of a system partition: of Vista and later, of
// what NTLDR starts, and what the latter needs for disks that the BIOS does not
// reach.
func rootFiles() []string {
	return []string{`\bootmgr`, `\BOOTNXT`, `\ntldr`, `\ntdetect.com`, `\boot.ini`, `\bootfont.bin`, `\ntbootdd.sys`}
}

const bootFolder = `\Boot`

// maxSectorFile is more than a boot sector in a file has.
const maxSectorFile = 64 << 10

// fromSystem copies what is on the system partition.
func (m *mover) fromSystem() error {
	b := bootchain.ReadBootVolume(m.from)
	loads := b.Wants()
	if b.Err == nil && b.HasLoader(b.Sector.Code.Loads) {
		loads = b.Sector.Code.Loads // what starts now goes on to start
	}
	switch {
	case !b.HasLoader(loads):
		return part.Refuse("%s is missing on the system partition %s; run bootmend repair first", loads, m.from.ID())
	case loads != "BOOTMGR" && loads != "NTLDR":
		return part.Refuse("%s is started by %s, which is not moved by this", m.windows.Label(), loads)
	}
	m.copied = map[string]bool{}
	for _, path := range rootFiles() {
		if err := m.fileIfThere(path); err != nil {
			return err
		}
	}
	if info, err := m.from.FS.Stat(bootFolder); err == nil {
		if err := m.tree(m.from, bootFolder, `\`+info.Name, isStore, 0); err != nil {
			return err
		}
	}
	if err := m.chainLoaded(); err != nil {
		return err
	}
	if err := m.store(loads == "BOOTMGR"); err != nil {
		return err
	}
	m.plan.note("Nothing is deleted on %s; once Windows was seen to start, the partition is no longer needed for that.", m.from.ID())
	return m.finish(loads)
}

// finish completes the plan: attributes, boot sector, active flag.
func (m *mover) finish(loads string) error {
	m.plan.Steps = append(m.plan.Steps, m.after...)
	if err := m.bootSector(loads); err != nil {
		return err
	}
	if err := m.activate(); err != nil {
		return err
	}
	return m.room()
}

func (m *mover) fileIfThere(path string) error {
	info, err := m.from.FS.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return nil
	}
	return m.file(m.from, path, `\`+info.Name) // in the case that it has
}

// isStore: the store and its logs are made for the new place, not copied.
func isStore(path string) bool {
	name := folded(path)
	store := folded(bootchain.StorePaths()[0])
	return name == store || strings.HasPrefix(name, store+".log")
}

// chainLoaded copies the boot sectors in files that boot.ini or the store starts:
// they are looked for on the partition of the boot loader. What they go on to load
// stays where it is, and is found there: a boot sector says itself where its volume
// is.
func (m *mover) chainLoaded() error {
	for _, path := range m.sectorFiles() {
		info, err := m.from.FS.Stat(path)
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.IsDir() || m.copied[folded(path)] {
			continue
		}
		if err != nil {
			return err
		}
		if info.Size > maxSectorFile {
			m.plan.note("%s is started by the boot menu and is no boot sector (%d bytes); it is not copied.", path, info.Size)
			continue
		}
		parts := fs.SplitPath(path)
		for i := 1; i < len(parts); i++ {
			dir := fs.JoinPath(parts[:i]...)
			folder, err := m.from.FS.Stat(dir)
			if err != nil {
				return err
			}
			if err := m.folder(dir, folder.Attributes&step.Settable); err != nil {
				return err
			}
		}
		if err := m.file(m.from, path, path); err != nil {
			return err
		}
		m.plan.note("%s starts what is on %s: that entry of the boot menu works as long as the partition is there.", path, m.from.ID())
	}
	return nil
}

// sectorFiles are the paths of those boot sectors.
func (m *mover) sectorFiles() (all []string) {
	if data, err := bootchain.ReadSmall(m.from.FS, `\boot.ini`, 1<<20); err == nil {
		for _, e := range bootini.Parse(data).Entries() {
			if path := e.Path(); len(path) >= 3 && path[1] == ':' && path[2] == '\\' {
				if path = fs.JoinPath(path[2:]); path == `\` {
					path = `\bootsect.dos`
				}
				all = append(all, path)
			}
		}
	}
	s, err := bootchain.OpenStore(m.from, bootchain.StorePaths()[0])
	if err != nil {
		return all // store says so
	}
	for _, o := range s.Objects {
		if e := o.Element(bcd.ElementPath); o.Type == bcd.TypeBootSector && e != nil {
			if path, err := e.Text(); err == nil && path != "" {
				all = append(all, fs.JoinPath(path))
			}
		}
	}
	return all
}

// store puts the store in its new place.
func (m *mover) store(needed bool) error {
	path := bootchain.StorePaths()[0]
	info, err := m.from.FS.Stat(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrNotDir) || err == nil && info.Size == 0 {
		if needed {
			return part.Refuse("there is no boot configuration %s on %s; run bootmend repair first", path, m.from.ID())
		}
		return nil
	}
	if err != nil {
		return err
	}
	content, err := m.storeContent(path)
	if errors.Is(err, hivefile.ErrNotUsable) || errors.Is(err, hivefile.ErrDropsLogs) {
		return part.Refuse("the boot configuration %s on %s cannot be read as Windows would (%v); run bootmend repair first", path, m.from.ID(), err)
	}
	if err != nil {
		return err
	}
	c, err := step.NewContent(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return err
	}
	return m.put(path, c, info.Attributes&step.Settable)
}
