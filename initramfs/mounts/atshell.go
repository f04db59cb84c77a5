package mounts

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
)

// AtShell are those places of media that are mounted by themselves, read-only, when a
// person comes to the shell. What a repair may want to write to is left alone, because
// it needs the disk for itself: sticks for reports and undo bundles (isStick), and disks
// with a Windows. So is the medium that bootmend was started from, which may be taken
// out, and what is refused.
func AtShell(places []Place, media *inspect.Patient, isStick func(*inspect.Volume) bool) []Place {
	return slices.DeleteFunc(slices.Clone(places), func(p Place) bool {
		v := p.Volume
		return p.Refused != "" || v.Disk.Rescue || isStick(v) ||
			slices.ContainsFunc(media.Windows, func(w *inspect.Installation) bool { return w.Volume.Disk == v.Disk })
	})
}

// atShell is the file of State that lists what was mounted so, a directory a line.
const atShell = "at-shell"

// Remember keeps that these were mounted for a person who has come to the shell.
func (s System) Remember(list []Entry) error {
	text := ""
	for _, e := range list {
		text += e.Dir + "\n"
	}
	if err := os.MkdirAll(s.State, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.State, atShell), []byte(text), 0o644)
}

// Remembered are those of Remember that are still mounted, and as they were.
func (s System) Remembered() ([]Entry, error) {
	text, err := os.ReadFile(filepath.Join(s.State, atShell))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	mounted, err := s.Mounted()
	if err != nil {
		return nil, err
	}
	dirs := strings.Fields(string(text))
	return slices.DeleteFunc(mounted, func(e Entry) bool { return e.Write || !slices.Contains(dirs, e.Dir) }), nil
}

// At is how the place is mounted already, not ok where it is not.
func (s System) At(p Place) (e Entry, ok bool) {
	node, err := Node(s.Sys, p.Volume)
	if err != nil {
		return Entry{}, false
	}
	all, err := s.Mounted()
	if err != nil {
		return Entry{}, false
	}
	i := slices.IndexFunc(all, func(e Entry) bool { return e.Device == node && e.Dir == p.Dir() })
	if i < 0 {
		return Entry{}, false
	}
	return all[i], true
}
