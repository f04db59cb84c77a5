package donor

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// LoaderCopy is a copy of a file in the root of the system volume that is no
// ordinary program: ntldr, ntdetect.com, freeldr.sys.
type LoaderCopy struct {
	Where string
	Data  []byte
	// Level is that of the Windows it is from; Known false: nothing tells.
	Level Level
	Known bool
}

// maxLoader is some times the size of the largest ntldr (2003: 300 KiB).
const maxLoader = 4 << 20

// LoaderFiles looks for a file of the boot loader, the newest first, those whose
// version is not known last.
func LoaderFiles(p *inspect.Patient, l *bootchain.NTLoader, name string) (all []LoaderCopy) {
	add := func(t source.Tree, dir string) {
		if t == nil {
			return
		}
		data, err := source.ReadFile(t, source.Join(dir, name), maxLoader)
		if err != nil || !bootchain.IsLoader(data) {
			return
		}
		c := LoaderCopy{Where: source.Join(dir, name) + " on " + t.Name(), Data: data}
		c.Level, c.Known = levelOfLoader(t, dir, data)
		all = append(all, c)
	}
	for _, w := range p.Windows {
		for _, dir := range []string{`ServicePackFiles\i386`, `ServicePackFiles\amd64`, `system32\dllcache`, "i386"} {
			add(w.Volume.Tree(), w.Path(dir))
		}
	}
	for _, v := range p.Volumes() {
		t := v.Tree()
		if v != l.System {
			add(t, `\`)
		}
		addFolders(t, add)
	}
	for _, t := range p.Media {
		add(t, `\`)
		addFolders(t, add)
	}
	slices.SortStableFunc(all, func(a, b LoaderCopy) int {
		switch {
		case a.Known != b.Known:
			return map[bool]int{true: -1, false: 1}[a.Known]
		case a.Level.newer(b.Level):
			return -1
		case b.Level.newer(a.Level):
			return 1
		}
		return 0
	})
	return all
}

// addFolders: set-up folders in the root; where ReactOS' discs have its loader.
func addFolders(t source.Tree, add func(source.Tree, string)) {
	for _, dir := range []string{`\i386`, `\amd64`, `\loader`} {
		add(t, dir)
	}
}

// levelOfLoader reads the version resource in the file, else that of a kernel in
// the same folder.
func levelOfLoader(t source.Tree, dir string, data []byte) (Level, bool) {
	if v, ok := fixedVersion(data); ok {
		if l, ok := LevelOf(v); ok {
			return l, true
		}
	}
	for _, name := range []string{"ntoskrnl.exe", "ntkrnlmp.exe", "ntdll.dll"} {
		for _, packed := range []string{name, source.PackedName(name)} {
			f, err := t.Open(source.Join(dir, packed))
			if err != nil {
				continue
			}
			if packed != name {
				if f, _, _, err = source.Unpack(packed, f); err != nil {
					continue
				}
			}
			image, err := pe.Open(f, f.Size())
			if err != nil {
				continue
			}
			if v, err := image.Version(); err == nil {
				if l, ok := LevelOf(v.File); ok {
					return l, true
				}
			}
		}
	}
	return Level{}, false
}

// fixedVersion finds VS_FIXEDFILEINFO in a file that is no program as a whole:
// ntldr is code for real mode with osloader.exe behind it.
func fixedVersion(data []byte) (pe.Version, bool) {
	const signature, structure = "\xbd\x04\xef\xfe\x00\x00\x01\x00", 52
	at := bytes.Index(data, []byte(signature))
	if at < 0 || at+structure > len(data) {
		return pe.Version{}, false
	}
	high, low := binary.LittleEndian.Uint32(data[at+8:]), binary.LittleEndian.Uint32(data[at+12:])
	return pe.Version{uint16(high >> 16), uint16(high), uint16(low >> 16), uint16(low)}, true
}

// BestLoaderFile is the copy to take for a loader: the newest. sure tells that it
// is known to be of the newest Windows that it has to start, or later: newer
// loaders start older Windows, older ones do not start newer Windows.
func BestLoaderFile(p *inspect.Patient, l *bootchain.NTLoader, name string) (best *LoaderCopy, sure bool, others []string) {
	all := LoaderFiles(p, l, name)
	if len(all) == 0 {
		return nil, false, nil
	}
	var need Level
	known := true
	for _, w := range l.Windows {
		level, ok := LevelOfWindows(w)
		known = known && ok
		if level.newer(need) {
			need = level
		}
	}
	c := &all[0]
	if c.Known && !known {
		c.Known = false // nothing to compare it with
	}
	sure = c.Known && known && c.Level.AtLeast(need) && len(l.Windows) > 0
	for _, o := range all[1:] {
		others = append(others, o.Where)
	}
	return c, sure, others
}

// String is for people.
func (l Level) String() string {
	s := fmt.Sprintf("%d.%d.%d", l.Major, l.Minor, l.Build)
	if l.ServicePack > 0 {
		s += fmt.Sprintf(" Service Pack %d", l.ServicePack)
	}
	return s
}

// Describe says where the copy is and what it is of.
func (c *LoaderCopy) Describe() string {
	if !c.Known {
		return c.Where + ", whose version cannot be told"
	}
	return strings.TrimSpace(c.Where + ", of " + c.Level.String())
}
