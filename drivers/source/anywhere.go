package source

import (
	"errors"
	"fmt"
	"strings"
)

// Bounds of a search on media.
const (
	mediaDepth      = 10
	mediaContainers = 3
	mediaPrograms   = 128 << 20 // bytes of EXE files
)

// media searches what a person provides: the file alone or compressed, in whatever
// folder, cabinet or self-extracting program, such as a floppy with the file, a
// set-up CD, a hotfix as it was downloaded.
func (s *search) media() {
	for _, t := range s.windows.Media {
		a := anywhere{search: s, root: t}
		a.dir(t, `\`, "", 0, 0)
	}
}

// anywhere is the search on one medium.
type anywhere struct {
	*search
	root     Tree
	programs int64
}

// dir looks through a directory; outer names the containers around it.
func (a *anywhere) dir(t Tree, dir, outer string, depth, containers int) {
	if depth > mediaDepth {
		return
	}
	for _, e := range a.list(t, dir) {
		path := Join(dir, e.Name)
		switch ext := Ext(e.Name); {
		case e.Dir && isWindows(t, path):
			a.donate(t, path)
		case e.Dir && isSystemFolder(t, path, e.Name):
		case e.Dir:
			a.dir(t, path, outer, depth+1, containers)
		case strings.EqualFold(e.Name, a.want.Name), strings.EqualFold(e.Name, PackedName(a.want.Name)):
			a.take(t, path, outer)
		case (ext == ".cab" || ext == ".msu" || ext == ".exe") && containers < mediaContainers && e.Size > 0:
			a.container(t, path, outer, e, depth, containers)
		}
	}
}

// donate searches a Windows that is on the medium, the disk of a healthy machine for
// instance, as a donor.
func (a *anywhere) donate(t Tree, root string) {
	windows, donor := a.windows, a.donor
	a.windows, a.donor = &Windows{Tree: t, Root: root}, true
	a.places()
	a.windows, a.donor = windows, donor
}

func (a *anywhere) take(t Tree, path, outer string) {
	where := outer + path
	if isPacked(path) {
		where += " -> " + a.want.Name
	}
	open := func() (File, error) { return openWhole(t, path) }
	f, err := open()
	a.add(Medium, a.root, where, f, err, open)
}

func (a *anywhere) container(t Tree, path, outer string, e Info, depth, containers int) {
	if Ext(e.Name) == ".exe" {
		if a.programs += e.Size; a.programs > mediaPrograms {
			return
		}
	}
	inside, err := Inside(t, path)
	switch {
	case errors.Is(err, ErrNotContainer):
	case err != nil:
		a.problem(fmt.Errorf("%w", err))
	default:
		a.dir(inside, `\`, outer+path+" -> ", depth+1, containers+1)
	}
}
