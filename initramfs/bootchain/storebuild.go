package bootchain

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
)

// Rebuild makes the content of a new store: an entry for each Windows of the boot
// manager, the newest starts by default, and one for ntldr where that is on the
// system volume and starts a Windows. Built twice, it is the same. Its sequence
// number is above those of the logs that lie beside the old one, which would be replayed into
// it.
func (m *BootManager) Rebuild(p *inspect.Patient) ([]byte, error) {
	windows := m.NewestFirst()
	opt, err := m.options(windows[0])
	if err != nil {
		return nil, err
	}
	if m.Firmware == bcd.BIOS && m.System.FS != nil && HasFile(m.System.FS, `\ntldr`) && slices.ContainsFunc(p.Windows, IsNT5) {
		opt.Legacy = &bcd.LegacyOptions{}
	}
	made, err := bcd.Build(opt)
	if err != nil {
		return nil, err
	}
	if opt.MinSeq, err = m.lastSeq(made.Hive); err != nil {
		return nil, err
	}
	if opt.MinSeq != 0 {
		opt.Rand = seed(windows[0])
		if made, err = bcd.Build(opt); err != nil {
			return nil, err
		}
	}
	for _, w := range windows[1:] {
		if made.Hive, err = m.withWindows(made.Hive, w); err != nil {
			return nil, fmt.Errorf("%s: %w", w.Label(), err)
		}
	}
	return made.Hive, nil
}

// NewestFirst are the Windows of the boot manager by version.
func (m *BootManager) NewestFirst() []*inspect.Installation {
	all := slices.Clone(m.Windows)
	slices.SortStableFunc(all, func(a, b *inspect.Installation) int {
		return cmp.Or(cmp.Compare(b.Version.Major, a.Version.Major), cmp.Compare(b.Version.Minor, a.Version.Minor), cmp.Compare(b.Version.Build, a.Version.Build))
	})
	return all
}

// options are those of a store for one Windows.
func (m *BootManager) options(w *inspect.Installation) (bcd.BuildOptions, error) {
	opt := bcd.BuildOptions{Firmware: m.Firmware, Version: w.Version, SystemRoot: w.Root, Rand: seed(w)}
	var err error
	if opt.System, err = StoreIdentity(m.System); err != nil {
		return opt, fmt.Errorf("%s has no name that a store could use: %w", m.System.ID(), err)
	}
	if opt.OS, err = StoreIdentity(w.Volume); err != nil {
		return opt, fmt.Errorf("%s has no name that a store could use: %w", w.Volume.ID(), err)
	}
	return opt, nil
}

// seed gives the GUIDs of new objects, the same each time for the same Windows, so
// that what was planned is what is written.
func seed(w *inspect.Installation) io.Reader {
	id, _ := StoreIdentity(w.Volume)
	return rand.NewChaCha8(sha256.Sum256([]byte(fmt.Sprintf("%v %s", id, w.Root))))
}

// lastSeq is the highest sequence number in the logs beside the store, 0 where
// there are none.
func (m *BootManager) lastSeq(hive []byte) (uint32, error) {
	if m.System.FS == nil { // it is going to be made
		return 0, nil
	}
	path := fs.SplitPath(m.Path)
	var logs []hivelog.Log
	for _, suffix := range hivefile.LogSuffixes {
		f, err := m.System.FS.Open(m.Path + suffix)
		if err != nil {
			continue // one that cannot be read is replayed by nobody
		}
		logs = append(logs, hivelog.Log{Name: path[len(path)-1] + suffix, R: f, Size: f.Info().Size})
	}
	if len(logs) == 0 {
		return 0, nil
	}
	r, err := hivelog.Open(bytes.NewReader(hive), int64(len(hive)), logs)
	if err != nil {
		return 0, err
	}
	next, err := r.NextSeq()
	return next - 1, err
}

// withWindows adds the entry of another Windows to the content of a store.
func (m *BootManager) withWindows(hive []byte, w *inspect.Installation) ([]byte, error) {
	f, err := hivefile.Open(hivefile.Source{Name: m.Path, Hive: bytes.NewReader(hive), Size: int64(len(hive))})
	if err != nil {
		return nil, err
	}
	c, err := f.Edit(hivefile.EditOptions{Version: w.Version}, func(h *regf.Editor) error {
		e, err := bcd.NewEditor(h)
		if err != nil {
			return err
		}
		_, err = m.AddWindows(e, w)
		return err
	})
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(c.Content(), 0, c.Size))
}

// AddWindows gives a store the entry of a Windows, as setup would, with what it
// inherits from, at the end of the menu, and returns the loader object.
func (m *BootManager) AddWindows(e *bcd.Editor, w *inspect.Installation) (bcd.GUID, error) {
	fresh, loader, err := m.fresh(w, bcd.GUID{}, bcd.GUID{})
	if err != nil {
		return loader, err
	}
	have, err := e.Store()
	if err != nil {
		return loader, err
	}
	for _, o := range fresh.Objects {
		if o.ID == bcd.BootManager || have.Object(o.ID) != nil {
			continue
		}
		if err := copyObject(e, o); err != nil {
			return loader, err
		}
	}
	if have.Object(bcd.BootManager) == nil {
		return loader, nil
	}
	return loader, e.AddLast(bcd.BootManager, bcd.ElementDisplayOrder, loader)
}

// AddManager gives a store the object of the boot manager, which starts that loader by
// default.
func (m *BootManager) AddManager(e *bcd.Editor, w *inspect.Installation, loader *bcd.Object) error {
	var resume bcd.GUID
	if r := loader.Element(bcd.ElementResumeObject); r != nil {
		resume, _ = r.Object() // a damaged one gets a new name
	}
	fresh, _, err := m.fresh(w, loader.ID, resume)
	if err != nil {
		return err
	}
	have, err := e.Store()
	if err != nil {
		return err
	}
	for _, o := range fresh.Objects {
		if have.Object(o.ID) == nil {
			if err := copyObject(e, o); err != nil {
				return err
			}
		}
	}
	return nil
}

// fresh is a new store for a Windows, and its loader object.
func (m *BootManager) fresh(w *inspect.Installation, loader, resume bcd.GUID) (*bcd.Store, bcd.GUID, error) {
	opt, err := m.options(w)
	if err != nil {
		return nil, loader, err
	}
	opt.Loader, opt.Resume = loader, resume
	made, err := bcd.Build(opt)
	if err != nil {
		return nil, loader, err
	}
	h, err := regf.Open(bytes.NewReader(made.Hive), int64(len(made.Hive)))
	if err != nil {
		return nil, loader, err
	}
	s, err := bcd.Open(h)
	return s, made.Loader, err
}

func copyObject(e *bcd.Editor, o *bcd.Object) error {
	if err := e.Create(o.ID, o.Type); err != nil {
		return err
	}
	for _, one := range o.Elements {
		if err := e.Set(o.ID, one.Type, bcd.Value{Format: one.Type.Format(), Reg: one.Reg, Data: one.Data}); err != nil {
			return err
		}
	}
	return nil
}
