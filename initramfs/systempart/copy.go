package systempart

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Bounds of what a system partition holds: real ones have some 200 files and 30 MB.
const (
	maxFiles = 4096
	maxBytes = 512 << 20
	maxDepth = 8
	cluster  = 4096 // a file takes whole clusters
)

const why = "Windows starts from its own partition"

func folded(path string) string { return strings.ToLower(fs.JoinPath(path)) }

// file copies a file with its attributes to a path of the new partition. One that
// is there and is the same stays.
func (m *mover) file(from *inspect.Volume, path, to string) error {
	f, err := from.FS.Open(path)
	if err != nil {
		return fmt.Errorf("%s %s: %w", from.ID(), path, err)
	}
	content, err := step.NewContent(f, f.Info().Size)
	if err != nil {
		return fmt.Errorf("%s %s: %w", from.ID(), path, err)
	}
	return m.put(to, content, f.Info().Attributes&step.Settable)
}

// put gives a file of the new partition its content and attributes.
func (m *mover) put(to string, content step.Content, attributes fs.Attributes) error {
	if m.copied[folded(to)] {
		return nil
	}
	m.copied[folded(to)] = true
	if m.need += content.Size + cluster; len(m.copied) > maxFiles || m.need > maxBytes {
		return part.Refuse("the system partition holds more boot files than any Windows puts there (%d, %d MiB); move them by hand", len(m.copied), m.need>>20)
	}
	w := step.WriteFile{Volume: m.to, Path: to, New: content, Attributes: &attributes, Why: why}
	info, err := m.stat(to)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrNotDir):
		m.plan.Steps = append(m.plan.Steps, w)
		return nil
	case err != nil:
		return fmt.Errorf("%s %s: %w", m.to.ID(), to, err)
	case info.IsDir():
		return part.Refuse("%s has a folder %s where a boot file belongs; rename it first", m.to.ID(), to)
	}
	old, err := step.StateOf(m.to.FS, to)
	if err != nil {
		return fmt.Errorf("%s %s: %w", m.to.ID(), to, err)
	}
	if old != content.FileState || info.Attributes&(fs.AttrCompressed|fs.AttrEncrypted) != 0 {
		w.Old, w.Attributes = &old, nil
		m.plan.Steps = append(m.plan.Steps, w)
	}
	m.attributes(to, info.Attributes&step.Settable, attributes)
	return nil
}

// stat looks at the new partition.
func (m *mover) stat(path string) (fs.Info, error) {
	if m.fresh {
		return fs.Info{}, fs.ErrNotExist
	}
	return m.to.FS.Stat(path)
}

// content is put for what is in memory; such a file gets the attributes of any new one.
func (m *mover) content(to string, data []byte) error {
	c, err := step.NewContent(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	return m.put(to, c, fs.AttrArchive)
}

// attributes sets those of what is there, or is going to be.
func (m *mover) attributes(path string, old, now fs.Attributes) {
	if old != now {
		m.after = append(m.after, step.SetAttributes{Volume: m.to, Path: path, Old: old, New: now, Why: why})
	}
}

// folder makes a folder of the new partition where there is none. Folders in the root
// get the security of those that hold Windows' own settings, which others may not
// write to.
func (m *mover) folder(to string, attributes fs.Attributes) error {
	if m.copied[folded(to)] {
		return nil
	}
	m.copied[folded(to)] = true
	info, err := m.stat(to)
	switch {
	case err == nil && !info.IsDir():
		return part.Refuse("%s has a file %s where a folder of boot files belongs; rename it first", m.to.ID(), to)
	case err == nil:
		m.attributes(to, info.Attributes&step.Settable, attributes)
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s %s: %w", m.to.ID(), to, err)
	}
	like := ""
	if len(fs.SplitPath(to)) == 1 && m.to == m.windows.Volume {
		like = m.windows.Path(`system32\config`)
	}
	m.plan.Steps = append(m.plan.Steps, step.Mkdir{Volume: m.to, Path: to, Like: like, Why: why})
	m.attributes(to, 0, attributes)
	return nil
}

// tree copies a folder with all that is in it; skip leaves out what has a place of
// its own.
func (m *mover) tree(from *inspect.Volume, path, to string, skip func(path string) bool, depth int) error {
	info, err := from.FS.Stat(path)
	if err != nil {
		return fmt.Errorf("%s %s: %w", from.ID(), path, err)
	}
	if !info.IsDir() {
		return part.Refuse("%s %s is a file and should be a folder; run bootmend repair first", from.ID(), path)
	}
	if depth > maxDepth {
		return part.Refuse("%s: the folders below %s are deeper than those of any Windows; move them by hand", from.ID(), path)
	}
	if err := m.folder(to, info.Attributes&step.Settable); err != nil {
		return err
	}
	list, err := from.FS.ReadDir(path)
	if err != nil {
		return fmt.Errorf("%s %s: %w", from.ID(), path, err)
	}
	for _, i := range list {
		source, target := fs.JoinPath(path, i.Name), fs.JoinPath(to, i.Name)
		switch {
		case skip(target):
		case i.Attributes&fs.AttrReparse != 0 && i.IsDir():
			m.plan.note("%s is a link to another folder and is not copied.", source)
		case i.IsDir():
			err = m.tree(from, source, target, skip, depth+1)
		default:
			err = m.file(from, source, target)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
