package bootchain

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/bootini"
)

// leads finds out where the path of an entry leads. One that is no ARC path leads
// nowhere, and the folder in it is all that says which Windows was meant.
func leads(p *inspect.Patient, disks []*inspect.Disk, path string) (bootini.ARC, Target) {
	a, err := bootini.ParseARC(path)
	if err != nil {
		return bootini.OnBIOSDisk(0, 0, bootini.FolderOf(path)), Target{Why: err.Error(), Unparsed: true}
	}
	return a, follow(p, disks, a)
}

// startsFile reports whether the path that default= gives, and no entry has, is a
// file of the system volume that NTLDR can start: a boot sector by its name; for a
// drive alone, what set-up saved of the system before it.
func startsFile(system *inspect.Volume, path string) bool {
	if len(path) < 2 || path[1] != ':' {
		return false
	}
	if below := path[2:]; below != "" && below != `\` {
		return Exists(system, below)
	}
	return Exists(system, `\bootsect.dos`)
}

// place is how an entry is named in a sentence.
func (e *MenuEntry) place() string {
	if e.Target.Unparsed {
		return fmt.Sprintf("entry %q", e.Title)
	}
	return e.ARC.Device()
}

// unreached reports whether no entry of the menu leads to a Windows,
// or may lead to one that cannot be seen.
func (l *NTLoader) unreached(mended map[int]*inspect.Installation) bool {
	for i, e := range l.Menu.Entries {
		if e.Target.Why == "" || e.Target.Unsure || e.Target.NoDisk || mended[i] != nil || e.ARC.Access != bootini.Multi {
			return false
		}
	}
	t := l.Menu.DefaultTarget
	return t == nil || t.Why != "" && !t.Unsure && !t.NoDisk
}

// MissingSection says which section of boot.ini NTLDR looks for and does not find
// though the file has entries, and why; "" for none.
func (l *NTLoader) MissingSection() string {
	if l.Menu.Ini == nil {
		return ""
	}
	for _, f := range l.Menu.Ini.Problems() {
		if f.Problem == bootini.NoLoader || f.Problem == bootini.ByteOrderMark {
			return f.Text
		}
	}
	return ""
}

// whyNowhere is what is behind "leads nowhere" of what starts by itself.
func (l *NTLoader) whyNowhere() string {
	t := l.Menu.DefaultTarget
	if n := l.Menu.Default; n >= 0 {
		t = &l.Menu.Entries[n].Target
	}
	if t == nil || t.Why == "" {
		return ""
	}
	return ": " + t.Why
}
