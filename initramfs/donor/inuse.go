package donor

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/winsxs"
	"github.com/bootmend/bootmend/initramfs/win/winver"
)

// inUse tells which version of the component system32 has its files from, by the
// first of these that says:
//
//   - SOFTWARE, which names it;
//   - other files of the component in system32: their versions are those of one
//     folder;
//   - the build and update revision of Windows (10 and later), where no update
//     waits: the newest version that is not of a later update;
//   - that there is one version only.
//
// Before 10 two branches of updates lie side by side in the store, of which the newer
// version may be the one that is not in use, so that versions alone say nothing.
func (c *component) inUse(w *inspect.Installation, name string) (pe.Version, error) {
	if software := softwareHive(w); software != nil {
		v, err := winsxs.Winner(software, c.family, pe.Version{uint16(w.Version.Major), uint16(w.Version.Minor)})
		if err == nil {
			return v, nil
		}
		if !errors.Is(err, winsxs.ErrUnknown) {
			return pe.Version{}, err
		}
	}
	if v, ok := c.bySiblings(w, name); ok {
		return v, nil
	}
	var all []pe.Version
	for _, f := range c.folders {
		if !laterUpdate(w, f.Version) && !slices.Contains(all, f.Version) {
			all = append(all, f.Version)
		}
	}
	switch {
	case len(all) == 0:
		return pe.Version{}, fmt.Errorf("the store has versions of later updates only, the newest is %v: %w", c.folders[0].Version, ErrInUse)
	case len(all) == 1:
		return all[0], nil
	case w.Version.Major < 10 || revision(w) == 0:
		return pe.Version{}, fmt.Errorf("the store has %s: %w", versionList(all), ErrInUse)
	case bootchain.Exists(w.Volume, w.Path(`WinSxS\pending.xml`)):
		return pe.Version{}, fmt.Errorf("the store has %s, and an update waits to be completed: %w", versionList(all), ErrInUse)
	}
	return all[0], nil // the newest
}

// bySiblings compares the other files of each version with those in system32.
func (c *component) bySiblings(w *inspect.Installation, name string) (v pe.Version, ok bool) {
	t := w.Volume.Tree()
	for _, f := range c.folders {
		list, err := t.ReadDir(f.dir)
		if err != nil {
			continue
		}
		for _, e := range list {
			program := slices.Contains([]string{".exe", ".dll", ".sys", ".efi"}, source.Ext(e.Name))
			if e.Dir || !program || strings.EqualFold(e.Name, name) {
				continue
			}
			if !c.tellsApart(w, e.Name) || !live(w, e.Name, f.Version) {
				continue
			}
			if ok && v != f.Version {
				return pe.Version{}, false
			}
			v, ok = f.Version, true
		}
	}
	return v, ok
}

// tellsApart reports whether the file has the version of its folder in each that has
// it: some files keep an older one.
func (c *component) tellsApart(w *inspect.Installation, name string) bool {
	for _, f := range c.folders {
		path := source.Join(f.dir, name)
		if !bootchain.Exists(w.Volume, path) {
			continue
		}
		if v, err := versionAt(w, path); err != nil || v != f.Version {
			return false
		}
	}
	return true
}

func live(w *inspect.Installation, name string, v pe.Version) bool {
	for _, below := range []string{`system32\`, `system32\drivers\`} {
		if got, err := FileVersion(w, below+name); err == nil {
			return got == v
		}
	}
	return false
}

// laterUpdate reports whether a version is of a Windows after this one: one that was
// not completed or was taken back. From 10 on the build of files may be lower than
// that of Windows (19041 on 19045), and the revision counts. What Windows is has to
// be known from SOFTWARE: files of it may be older than others.
func laterUpdate(w *inspect.Installation, v pe.Version) bool {
	switch {
	case uint32(v[0]) != w.Version.Major || uint32(v[1]) != w.Version.Minor:
		return true
	case w.Version.Source != winver.FromSoftware:
		return false
	}
	return uint32(v[2]) > w.Version.Build || revision(w) != 0 && uint32(v[3]) > revision(w)
}

// revision is the update revision that files of 10 and later go up to; 0: not known.
func revision(w *inspect.Installation) uint32 {
	if w.Version.Source != winver.FromSoftware || w.Version.Major < 10 {
		return 0
	}
	return w.Version.UBR
}

// OfLaterUpdate reports whether a version of Windows' own files, of a Vista or later,
// is of an update that this Windows does not have.
func OfLaterUpdate(w *inspect.Installation, v pe.Version) bool {
	return bootchain.IsNT6(w) && uint32(v[0]) == w.Version.Major && uint32(v[1]) == w.Version.Minor && laterUpdate(w, v)
}

func versionList(all []pe.Version) string {
	var texts []string
	for _, v := range all {
		texts = append(texts, v.String())
	}
	return strings.Join(texts, " and ")
}

// softwareHive is the hive with its logs replayed, nil where it cannot be read.
func softwareHive(w *inspect.Installation) *regf.Hive {
	src, err := hivefile.OnVolume(w.Volume.FS, w.Path(`system32\config\SOFTWARE`))
	if err != nil {
		return nil
	}
	f, err := hivefile.Open(src)
	if err != nil {
		return nil
	}
	return f.Hive
}
