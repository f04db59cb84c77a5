package bootchain

import (
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/bootini"
)

// Apply is the content of the menu with the corrections carried out. Everything
// else stays as it is, byte for byte.
func (l *NTLoader) Apply(all []Correction) ([]byte, error) {
	if l.Menu.Err != nil {
		return nil, fmt.Errorf("%s %s is not changed: %w", l.System.ID(), l.Menu.Path, l.Menu.Err)
	}
	if l.FreeLoader {
		return l.applyFreeLdr(all)
	}
	f := bootini.Parse(l.Menu.Data)
	lines := f.Entries() // those that are added come behind
	for _, c := range all {
		var e *bootini.Entry
		switch {
		case c.Copy:
			if err := copyEntry(f, lines[c.Entry.Index], c.Switches); err != nil {
				return nil, err
			}
			continue
		case c.Entry != nil:
			e = lines[c.Entry.Index]
		case c.To != nil:
			a, err := l.arcOf(c.To)
			if err != nil {
				return nil, err
			}
			e = f.Add(a.String(), titleOf(c.To), switchesOf(c.To)...)
		default:
			continue
		}
		if c.Entry != nil && c.To != nil {
			a, err := l.arcOf(c.To)
			if err != nil {
				return nil, err
			}
			if err := f.Retarget(e, a); err != nil {
				return nil, err
			}
		}
		for _, name := range c.Drop {
			e.RemoveSwitch(name)
		}
		if c.Default {
			f.SetDefault(e)
		}
	}
	return f.Bytes(), nil
}

// copyEntry adds a choice. The menu has to be there long enough to take it.
func copyEntry(f *bootini.File, of *bootini.Entry, switches []string) error {
	const shown = 30 // seconds, as set-up has it
	if _, err := f.AddCopy(of, of.Title()+" (other HAL)", switches...); err != nil {
		return err
	}
	if seconds, ok := f.Timeout(); !ok || seconds >= 0 && seconds < 5 {
		f.SetTimeout(shown)
	}
	return nil
}

func (l *NTLoader) applyFreeLdr(all []Correction) ([]byte, error) {
	f := bootini.ParseFreeLdr(l.Menu.Data)
	for _, c := range all {
		name := ""
		switch {
		case c.Entry != nil:
			name = c.Entry.Name
		case c.To != nil:
			name = sectionFor(f)
			f.Set("Operating Systems", name, `"ReactOS"`)
			f.Set(name, "BootType", "Windows2003")
		default:
			continue
		}
		if c.To != nil {
			a, err := l.arcOf(c.To)
			if err != nil {
				return nil, err
			}
			if err := f.SetSystemPath(name, a); err != nil {
				return nil, err
			}
		}
		if len(c.Drop) > 0 {
			old, _ := f.Get(name, "Options")
			f.SetOptions(name, withoutSwitches(old, c.Drop))
		}
		if c.Default {
			f.SetDefault(name)
		}
	}
	return f.Bytes(), nil
}

// sectionFor is a name that no section has yet.
func sectionFor(f *bootini.FreeLdr) string {
	name := "ReactOS"
	for i := 2; ; i++ {
		taken := false
		for _, s := range f.Systems() {
			taken = taken || strings.EqualFold(s.Name, name)
		}
		if !taken {
			return name
		}
		name = fmt.Sprintf("ReactOS%d", i)
	}
}

func withoutSwitches(options string, names []string) string {
	var kept []string
	for _, o := range strings.Fields(options) {
		name, _, _ := strings.Cut(o, "=")
		drop := false
		for _, n := range names {
			drop = drop || strings.EqualFold(n, name)
		}
		if !drop {
			kept = append(kept, o)
		}
	}
	return strings.Join(kept, " ")
}

func (l *NTLoader) arcOf(w *inspect.Installation) (bootini.ARC, error) {
	root, rdisk, partition, ok := l.Address(w)
	if !ok {
		return bootini.ARC{}, fmt.Errorf("%s: the BIOS gives it no number", w.Volume.ID())
	}
	return bootini.OnBIOSDisk(rdisk, partition, root), nil
}

// NewMenu is the content of a menu for all installations of the loader, as
// set-up writes it; the newest starts by itself.
func (l *NTLoader) NewMenu() ([]byte, error) {
	var all []*inspect.Installation
	for _, w := range l.Windows {
		if _, _, _, ok := l.Address(w); ok {
			all = append(all, w)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: the BIOS reaches none of the installations", l.System.ID())
	}
	chosen := all[0]
	for _, w := range all[1:] {
		if newer(w, chosen) {
			chosen = w
		}
	}
	if l.FreeLoader {
		return l.newFreeLdr(all, chosen)
	}
	f := bootini.New(30)
	for _, w := range all {
		a, err := l.arcOf(w)
		if err != nil {
			return nil, err
		}
		if e := f.Add(a.String(), titleOf(w), switchesOf(w)...); w == chosen {
			f.SetDefault(e)
		}
	}
	return f.Bytes(), nil
}

func (l *NTLoader) newFreeLdr(all []*inspect.Installation, chosen *inspect.Installation) ([]byte, error) {
	f := bootini.ParseFreeLdr([]byte("[FREELOADER]\r\n[Operating Systems]\r\n"))
	for _, w := range all {
		a, err := l.arcOf(w)
		if err != nil {
			return nil, err
		}
		name := sectionFor(f)
		f.Set("Operating Systems", name, `"ReactOS"`)
		f.Set(name, "BootType", "Windows2003")
		if err := f.SetSystemPath(name, a); err != nil {
			return nil, err
		}
		if w == chosen {
			f.SetDefault(name)
		}
	}
	f.Set("FREELOADER", "TimeOut", "10")
	return f.Bytes(), nil
}

func newer(a, b *inspect.Installation) bool {
	if a.VersionErr != nil || b.VersionErr != nil {
		return a.VersionErr == nil
	}
	return a.Version.AtLeastBuild(b.Version.Major, b.Version.Minor, b.Version.Build+1)
}

// titleOf is what a new entry says. The file is in the OEM code page of its
// Windows, which nobody names: names outside of ASCII are left out.
func titleOf(w *inspect.Installation) string {
	if w.VersionErr != nil {
		return "Windows"
	}
	name := w.Version.Product()
	for _, r := range name {
		if r < ' ' || r > '~' {
			name = ""
			break
		}
	}
	if name == "" {
		return "Windows NT " + w.Version.NT()
	}
	return name
}

// switchesOf are those that set-up gives an entry: /fastdetect from 2000 on,
// and from XP SP2 and 2003 SP1 on what guards data against execution.
func switchesOf(w *inspect.Installation) []string {
	v := w.Version
	if w.VersionErr != nil || !v.AtLeast(5, 0) {
		return nil
	}
	pack := strings.TrimPrefix(v.ServicePack, "Service Pack ")
	switch {
	case v.Major == 5 && v.Minor == 1 && pack >= "2", v.Major == 5 && v.Minor == 2 && pack >= "1" && !v.Server():
		return []string{"/noexecute=optin", "/fastdetect"}
	case v.Major == 5 && v.Minor == 2 && pack >= "1":
		return []string{"/noexecute=optout", "/fastdetect"}
	}
	return []string{"/fastdetect"}
}
