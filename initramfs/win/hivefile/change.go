package hivefile

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/bootmend/bootmend/initramfs/win/regtext"
	"github.com/bootmend/bootmend/initramfs/win/winver"
)

// EditOptions is what an edit has to know.
type EditOptions struct {
	Now     time.Time      // time stamp of what changes; zero: none changes
	Version winver.Version // of the Windows, for the loader's limit; the zero one is unknown
	Maps    []regtext.Mapping
	// DropLogs: go on where entries of the logs that cannot be used are lost.
	DropLogs bool
	// DeleteVital: let Import, DeleteKey and DeleteValue delete what Windows does
	// not start without.
	DeleteVital bool
}

// Change is an edit that was carried out in memory.
type Change struct {
	Size int64 // of the file afterwards
	// Patches of the hive as it is after the replay: by offset, the base block's
	// last. Empty when nothing changes.
	Patches []regf.Patch

	name   string
	replay *hivelog.Replay
	sorted []regf.Patch
	whole  bool // the replay is to be written even if nothing else is
}

// newChange makes a change out of patches of a replayed hive.
func newChange(name string, r *hivelog.Replay, patches []regf.Patch, size int64) *Change {
	c := &Change{Size: size, Patches: patches, name: name, replay: r, sorted: slices.Clone(patches)}
	slices.SortFunc(c.sorted, func(a, b regf.Patch) int { return cmp.Compare(a.Off, b.Off) })
	return c
}

// Edit lets do edit the hive. Errors wrap ErrNotUsable or ErrDropsLogs, or are
// those of do and of the editor; nothing has happened then.
func (f *File) Edit(opt EditOptions, do func(e *regf.Editor) error) (*Change, error) {
	if err := f.usable(); err != nil {
		return nil, err
	}
	if err := dropsLogs(f.Name, f.Replay, opt.DropLogs); err != nil {
		return nil, err
	}
	f.Replay.DropLogs = opt.DropLogs
	next, err := f.Replay.NextSeq()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	eo := regf.EditorOptions{Now: opt.Now, MinSeq: next - 1}
	if f.Kind == registry.KindSystem {
		eo.MaxBins = registry.GrowthLimit(opt.Version, f.Hive)
	}
	e, err := regf.NewEditor(f.Hive, eo)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	if err := do(e); err != nil {
		return nil, err
	}
	r, err := e.Finish()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	c := newChange(f.Name, f.Replay, r.Patches, r.Size)
	return c, c.check()
}

// check opens the result anew: a base block that nobody would take is found here.
func (c *Change) check() error {
	h, err := regf.Open(c.Content(), c.Size)
	if err != nil {
		return fmt.Errorf("%s: the edited hive cannot be opened: %w", c.name, err)
	}
	if s := h.State(); !s.Clean {
		return fmt.Errorf("%s: the edited hive would not be clean: %s", c.name, strings.Join(s.Reasons, "; "))
	}
	return nil
}

// Empty reports that nothing is to be written: the hive is so already. After an
// edit, a replay alone is no reason to write: Windows does it itself.
func (c *Change) Empty() bool { return len(c.Patches) == 0 && !c.whole }

// Whole reports that the change mends the file itself and is no edit of keys and
// values.
func (c *Change) Whole() bool { return c.whole }

// Replays reports that what the logs hold becomes part of the file.
func (c *Change) Replays() bool { return len(c.replay.Used) > 0 }

// DropsLogs reports that whole entries of the logs are lost by it.
func (c *Change) DropsLogs() bool { return c.replay.WholeUnused() > 0 }

// Bytes is how much of the file changes, the replay not counted.
func (c *Change) Bytes() int64 {
	var n int64
	for _, p := range c.Patches {
		n += int64(len(p.New))
	}
	return n
}

// EachPatch calls fn with what turns the file on the disk into the edited hive,
// in the order it is to be written: what the logs add, then the edit. A patch
// behind the old end of the file has no Old.
func (c *Change) EachPatch(fn func(regf.Patch) error) error {
	if c.Empty() {
		return nil
	}
	if err := c.replay.EachPatch(fn); err != nil {
		return err
	}
	for _, p := range c.Patches {
		if err := fn(p); err != nil {
			return err
		}
	}
	return nil
}

// Content gives the whole edited hive, Size bytes.
func (c *Change) Content() io.ReaderAt { return content{c} }

type content struct{ *Change }

// ReadAt reads the replayed hive and lays the patches over it.
func (c content) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("negative offset")
	}
	if off >= c.Size {
		return 0, io.EOF
	}
	want := int(min(int64(len(b)), c.Size-off))
	if below := int(min(int64(want), c.replay.Size-off)); below > 0 {
		n, err := c.replay.Reader().ReadAt(b[:below], off)
		if n < below {
			return n, err
		}
	}
	first, _ := slices.BinarySearchFunc(c.sorted, off, func(p regf.Patch, off int64) int {
		if p.Off+int64(len(p.New)) <= off {
			return -1
		}
		return 1
	})
	for _, p := range c.sorted[first:] {
		if p.Off >= off+int64(want) {
			break
		}
		from := max(p.Off, off)
		copy(b[from-off:want], p.New[from-p.Off:])
	}
	if want < len(b) {
		return want, io.EOF
	}
	return want, nil
}

// Imported is what Import did.
type Imported struct {
	regtext.Applied
	Mappings []regtext.Led `json:"mappings,omitempty"` // those that were used, and what was guessed
}

// Import applies registry text. Errors name the line; see regtext.Apply. They may
// wrap ErrVital.
func (f *File) Import(text io.Reader, read regtext.ReadOptions, opt EditOptions, apply regtext.ApplyOptions) (*Change, Imported, error) {
	var done Imported
	c, err := f.Edit(opt, func(e *regf.Editor) error {
		r, err := regtext.NewReader(text, read)
		if err != nil {
			return err
		}
		m, err := regtext.NewMount(e.Hive(), opt.Maps)
		if err != nil {
			return err
		}
		done.Applied, err = regtext.Apply(r, m, f.editor(e, opt), apply)
		done.Mappings = m.Led()
		return err
	})
	return c, done, err
}

// Set gives a value of every key that path means new data. With create, keys
// that are missing are made; else they are an error that wraps regf.ErrNotExist.
func (f *File) Set(path string, name string, typ regf.Type, data []byte, create bool, opt EditOptions) (*Change, []string, error) {
	return f.each(path, opt, func(e *regf.Editor, one string) error {
		if create && one != "" {
			if err := e.CreateKey(one); err != nil {
				return err
			}
		}
		return e.SetValue(one, name, typ, data)
	})
}

// DeleteValue removes a value of every key that path means. It is an error when
// none of them has it; errors may wrap ErrVital.
func (f *File) DeleteValue(path, name string, opt EditOptions) (*Change, []string, error) {
	return f.deleteEach(path, opt, func(e *regf.Editor, one string) error { return f.editor(e, opt).DeleteValue(one, name) })
}

// DeleteKey removes every key that path means; with recursive, those that have
// subkeys, too. It is an error when none of them exists; errors may wrap ErrVital.
func (f *File) DeleteKey(path string, recursive bool, opt EditOptions) (*Change, []string, error) {
	return f.deleteEach(path, opt, func(e *regf.Editor, one string) error {
		k, err := e.Hive().Key(one)
		if err == nil && one != "" && !recursive && k.SubkeyCount() > 0 {
			return fmt.Errorf("%w: it has %d subkeys, and only --recursive deletes them with it", regf.ErrRefused, k.SubkeyCount())
		}
		return f.editor(e, opt).DeleteKey(one, recursive)
	})
}

// deleteEach: control sets need not all have what is to go.
func (f *File) deleteEach(path string, opt EditOptions, do func(e *regf.Editor, path string) error) (*Change, []string, error) {
	var absent error
	deleted := 0
	c, paths, err := f.each(path, opt, func(e *regf.Editor, one string) error {
		err := do(e, one)
		if errors.Is(err, regf.ErrNotExist) {
			absent = err
			return nil
		}
		if err == nil {
			deleted++
		}
		return err
	})
	if err == nil && deleted == 0 {
		return nil, paths, absent
	}
	return c, paths, err
}

// each calls do for every key that path means, none of which may lie behind a
// symbolic link.
func (f *File) each(path string, opt EditOptions, do func(e *regf.Editor, path string) error) (*Change, []string, error) {
	var paths []string
	c, err := f.Edit(opt, func(e *regf.Editor) error {
		var err error
		if paths, err = f.pathsIn(e.Hive(), path, opt.Maps); err != nil {
			return err
		}
		m, err := regtext.NewMount(e.Hive(), nil)
		if err != nil {
			return err
		}
		for _, one := range paths {
			if err := m.NoLinks(one); err != nil {
				return err
			}
			if err := do(e, one); err != nil {
				return fmt.Errorf("%s: %w", shown(one), err)
			}
		}
		return nil
	})
	return c, paths, err
}
