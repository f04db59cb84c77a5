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
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/winsxs"
	"github.com/bootmend/bootmend/initramfs/win/winver"
)

// inUse tells which version of the component system32 has its files from. Only a version
// of the build of Windows is taken (sameBuild), or one from before a service pack
// (earlierPack) where the store has none of the build that could be it, and other files of
// the component in system32 have it or SOFTWARE names it. It is known for certain
//
//   - where other files of the component in system32 have the version of one folder and
//     of no other, and SOFTWARE does not name another;
//   - where SOFTWARE names it, no such file contradicts, it is not of a later update
//     revision than Windows (10 and later), and no update waits;
//   - where its last number is the update revision of Windows and no update waits.
//
// Else, where one version only can be it, doubt says why that is no proof: such a file
// is put in place on request at most. An error: it cannot be told, or what is there
// contradicts. Before 10 two branches of updates lie side by side in the store, of
// which the newer version may be the one that is not in use.
func (c *component) inUse(w *inspect.Installation, name string) (v pe.Version, doubt string, err error) {
	named, known, err := c.winner(w)
	if err != nil {
		return v, "", err
	}
	agree, against := c.bySiblings(w, name)
	left := c.possible(w, against)
	waits := updateWaits(w)
	ofWindows := func(v pe.Version) bool {
		return sameBuild(w, v) || earlierPack(w, v) && len(left) == 0
	}
	switch {
	case len(agree) > 1:
		return v, "", fmt.Errorf("system32 has files of %s: %w", versionList(agree), ErrInUse)
	case known && (against[named] || len(agree) == 1 && agree[0] != named):
		return v, "", fmt.Errorf("SOFTWARE names version %v, and files in system32 are not of it: %w", named, ErrInUse)
	case known:
		v = named
	case len(agree) == 1:
		v = agree[0]
	default:
		return c.byRevision(w, left, waits)
	}
	switch {
	case against[v]:
		return v, "", fmt.Errorf("files in system32 are of version %v and of others: %w", v, ErrInUse)
	case !ofWindows(v) || laterUpdate(w, v):
		return v, "", fmt.Errorf("version %v is not of this Windows, %d.%d.%d: %w", v, w.Version.Major, w.Version.Minor, w.Version.Build, ErrInUse)
	case len(agree) == 1 || waits == "":
		return v, "", nil
	case len(left) > 1:
		return v, "", fmt.Errorf("the store has %s, and %s: %w", versionList(left), waits, ErrInUse)
	}
	return v, waits, nil
}

// byRevision decides where neither SOFTWARE nor files in system32 say anything.
func (c *component) byRevision(w *inspect.Installation, left []pe.Version, waits string) (v pe.Version, doubt string, err error) {
	for _, l := range left {
		if revision(w) != 0 && uint32(l[3]) == revision(w) && waits == "" {
			return l, "", nil
		}
	}
	switch {
	case len(left) == 0:
		return v, "", fmt.Errorf("the store has no version of this Windows, the newest is %v: %w", c.folders[0].Version, ErrInUse)
	case len(left) == 1 && waits != "":
		return left[0], waits, nil
	case len(left) == 1:
		return left[0], fmt.Sprintf("nothing but its build says that version %v is in use", left[0]), nil
	case waits != "":
		return v, "", fmt.Errorf("the store has %s, and %s: %w", versionList(left), waits, ErrInUse)
	}
	return v, "", fmt.Errorf("the store has %s: %w", versionList(left), ErrInUse)
}

// possible are the versions of the build of Windows that are of no later update and
// that no file in system32 contradicts.
func (c *component) possible(w *inspect.Installation, against map[pe.Version]bool) (left []pe.Version) {
	for _, f := range c.folders {
		if sameBuild(w, f.Version) && !laterUpdate(w, f.Version) && !against[f.Version] && !slices.Contains(left, f.Version) {
			left = append(left, f.Version)
		}
	}
	return left
}

// winner is the version that SOFTWARE names.
func (c *component) winner(w *inspect.Installation) (v pe.Version, known bool, err error) {
	software := softwareHive(w)
	if software == nil || c.family == "" {
		return v, false, nil
	}
	v, err = winsxs.Winner(software, c.family, pe.Version{uint16(w.Version.Major), uint16(w.Version.Minor)})
	if errors.Is(err, winsxs.ErrUnknown) {
		return v, false, nil
	}
	return v, err == nil, err
}

// bySiblings compares the other files of each version with those in system32: which
// versions have one that is there, and which have one of which another is there.
func (c *component) bySiblings(w *inspect.Installation, name string) (agree []pe.Version, against map[pe.Version]bool) {
	against = map[pe.Version]bool{}
	for _, f := range c.folders {
		list, err := w.Volume.Tree().ReadDir(f.dir)
		if err != nil {
			continue
		}
		for _, e := range list {
			program := slices.Contains([]string{".exe", ".dll", ".sys", ".efi"}, source.Ext(e.Name))
			if e.Dir || !program || strings.EqualFold(e.Name, name) || !c.tellsApart(w, e.Name) {
				continue
			}
			got, ok := live(w, e.Name)
			switch {
			case !ok:
			case got != f.Version:
				against[f.Version] = true
			case !slices.Contains(agree, got):
				agree = append(agree, got)
			}
		}
	}
	return agree, against
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

// live is the version of a file in system32 or its drivers.
func live(w *inspect.Installation, name string) (v pe.Version, ok bool) {
	for _, below := range []string{`system32\`, `system32\drivers\`} {
		if v, err := FileVersion(w, below+name); err == nil {
			return v, true
		}
	}
	return v, false
}

// laterUpdate reports whether a version is of a Windows after this one: one that was
// not completed or was taken back. From 10 on the update revision counts. What Windows is has to
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

func versionList(all []pe.Version) string {
	var texts []string
	for _, v := range all {
		texts = append(texts, v.String())
	}
	return strings.Join(texts, " and ")
}

// softwareHive is the hive with its logs replayed, nil where it cannot be read.
func softwareHive(w *inspect.Installation) *regf.Hive { return hiveOf(w, `system32\config\SOFTWARE`) }
