package inspect

import (
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/win/bootini"
)

const (
	maxNamed = 16       // folders; a menu has a handful of entries
	maxIni   = 64 << 10 // bytes of a boot.ini
)

// findNamed adds installations in folders that are not in the root of their
// volume and that a boot.ini or freeldr.ini names.
func (p *Patient) findNamed() {
	var folders []string
	for _, v := range p.Volumes() {
		for _, name := range v.namedFolders() {
			if !slices.ContainsFunc(folders, func(known string) bool { return strings.EqualFold(known, name) }) {
				folders = append(folders, name)
			}
		}
	}
	for _, folder := range folders[:min(len(folders), maxNamed)] {
		for _, v := range p.Volumes() {
			if v.FS != nil && v.Err == nil && !v.IsDisc() && isSystemRoot(v, folder) {
				p.Windows = append(p.Windows, readWindows(v, folder))
			}
		}
	}
}

// namedFolders lists the folders further down than the root that the boot
// menus on the volume name.
func (v *Volume) namedFolders() (all []string) {
	add := func(path string) { // a path that is misspelt still names a folder
		if folder := bootini.FolderOf(path); !bootini.NamesOther(path) && len(fs.SplitPath(folder)) > 1 {
			all = append(all, fs.JoinPath(folder))
		}
	}
	for _, e := range bootini.Parse(v.readIni(`\boot.ini`)).Entries() {
		add(e.Path())
	}
	for _, s := range bootini.ParseFreeLdr(v.readIni(`\freeldr.ini`)).Systems() {
		add(s.SystemPath)
	}
	return all
}

// readIni reads a small text, nil where there is none that can be read: its
// conditions say so.
func (v *Volume) readIni(path string) []byte {
	if v.FS == nil || v.Err != nil || v.IsDisc() {
		return nil
	}
	f, err := v.FS.Open(path)
	if err != nil || f.Info().Size > maxIni {
		return nil
	}
	data := make([]byte, f.Info().Size)
	if n, _ := f.ReadAt(data, 0); n < len(data) {
		return nil
	}
	return data
}
