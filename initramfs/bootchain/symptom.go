package bootchain

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/win/bootini"
)

// EmptyMenu reports whether the menu was read and offers nothing at all.
func (l *NTLoader) EmptyMenu() bool {
	switch {
	case l.Menu.Ini != nil:
		return len(l.Menu.Ini.Entries()) == 0
	case l.Menu.FreeLdr != nil:
		return len(l.Menu.FreeLdr.Systems()) == 0
	}
	return false
}

// StartsWithoutMenu reports whether the loader finds a Windows without boot.ini:
// it then tries \WINDOWS, or \WINNT up to 2000, on the first partition of its
// disk.
func (l *NTLoader) StartsWithoutMenu() bool {
	if l.FreeLoader {
		return false
	}
	for _, w := range l.Windows {
		folder := `\WINNT`
		if w.VersionErr == nil && w.Version.AtLeast(5, 1) {
			folder = `\WINDOWS`
		}
		if _, rdisk, partition, ok := l.Address(w); ok && rdisk == 0 && partition == 1 && samePath(w.Root, folder) {
			return true
		}
	}
	return false
}

// DefaultStarts reports whether what starts by itself leads to a Windows.
func (l *NTLoader) DefaultStarts() bool {
	m := &l.Menu
	switch {
	case m.Default >= 0:
		return m.Entries[m.Default].Target.Why == ""
	case m.DefaultTarget != nil:
		return m.DefaultTarget.Why == ""
	}
	return m.StartsOther()
}

// Messages of NTLDR, as its resources have them.
const (
	diskMessage = "Windows could not start because of a computer disk hardware configuration problem. Could not read from the selected boot disk. Check boot path and disk hardware."
	fileMessage = `Windows could not start because the following file is missing or corrupt: %s. Please re-install a copy of the above file.`
)

// FileSymptom is what NTLDR shows when it cannot load a file.
func FileSymptom(path string) string { return fmt.Sprintf(fileMessage, path) }

// PathSymptom is what the person sees when what starts by itself leads nowhere.
func (l *NTLoader) PathSymptom() string {
	if l.FreeLoader {
		return "Opening hive file failed!"
	}
	m := &l.Menu
	t := m.DefaultTarget
	if m.Default >= 0 {
		t = &m.Entries[m.Default].Target
	}
	if t == nil && bootini.NamesOther(m.DefaultPath) {
		return "I/O Error accessing boot sector file"
	}
	if t != nil && (t.NoDisk || t.NoVolume || t.Unparsed) {
		return diskMessage
	}
	return FileSymptom(`<Windows root>\system32\hal.dll`) + " (2000 and before: ntoskrnl.exe)"
}

// EmptySymptom is what the person sees when the menu offers nothing.
func (l *NTLoader) EmptySymptom() string {
	switch {
	case l.FreeLoader:
		return "There were no operating systems listed in freeldr.ini."
	case l.StartsWithoutMenu():
		return invalidMenu + `. Booting from C:\windows\`
	}
	return invalidMenu + "; " + FileSymptom(`<Windows root>\system32\hal.dll`)
}

const invalidMenu = "Invalid BOOT.INI file"
