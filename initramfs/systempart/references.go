package systempart

import (
	"fmt"
	"io"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
)

// storeContent is the store as it has to be on the new partition. Its logs are
// carried out, and its sequence number is above those of logs that lie there.
func (m *mover) storeContent(path string) ([]byte, error) {
	src, err := hivefile.OnVolume(m.from.FS, path)
	if err != nil {
		return nil, err
	}
	target, err := hivefile.OnVolume(m.to.FS, path)
	if err != nil {
		target = hivefile.Source{} // there is none
	}
	f, err := hivefile.Open(src)
	if err != nil {
		return nil, part.Refuse("%s %s: %v; run bootmend repair first", m.from.ID(), path, err)
	}
	c, err := f.Edit(hivefile.EditOptions{Version: m.windows.Version}, func(h *regf.Editor) error {
		e, err := bcd.NewEditor(h)
		if err != nil {
			return err
		}
		s, err := e.Store()
		if err != nil {
			return err
		}
		changes, err := m.following(s)
		if err != nil {
			return err
		}
		return e.Apply(changes)
	})
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.NewSectionReader(c.Content(), 0, c.Size))
	if err != nil {
		return nil, err
	}
	return content, outdates(content, target.Logs)
}

// outdates refuses where logs beside the place of a store are younger than it:
// Windows would carry them out into it.
func outdates(store []byte, logs []hivelog.Log) error {
	if len(logs) == 0 {
		return nil
	}
	r, err := hivelog.Open(io.NewSectionReader(bytesAt(store), 0, int64(len(store))), int64(len(store)), logs)
	if err != nil {
		return err
	}
	if len(r.Used) > 0 {
		return part.Refuse("beside the place of the store lie logs of an older one that Windows would carry out into it; remove %s first", logs[0].Name)
	}
	return nil
}

type bytesAt []byte

// ReadAt implements io.ReaderAt.
func (b bytesAt) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= int64(len(b)) {
		return 0, io.EOF
	}
	n := copy(p, b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// following are the changes after which everything that means the old system
// partition for the sake of what was copied means the new one. Entries for what stays
// there, a Windows or its recovery environment, stay.
func (m *mover) following(s *bcd.Store) ([]bcd.Change, error) {
	old, err := bootchain.StoreIdentity(m.from)
	if err != nil {
		return nil, part.Refuse("%s has no name that a store could use (%v); run bootmend repair first", m.from.ID(), err)
	}
	now, err := bootchain.StoreIdentity(m.to)
	if err != nil {
		return nil, part.Refuse("%s has no name that a store could use (%v); run bootmend repair first", m.to.ID(), err)
	}
	r, err := s.Rewrite(map[bcd.Identity]bcd.Identity{old: now})
	if err != nil {
		return nil, err
	}
	var all []bcd.Change
	for _, c := range r.Changes {
		o := s.Object(c.Object)
		e := o.Element(c.Element)
		if c.Element == 0 || e == nil {
			continue // the firmware's, which a BIOS has not
		}
		if follows, stays := m.follows(o, e); follows {
			all = append(all, c)
		} else if stays != "" {
			m.plan.note("%s of the boot menu goes on to name %s, where %s stays: keep that partition as long as the entry is wanted.", name(o), m.from.ID(), stays)
		}
	}
	for _, ref := range r.Opaque {
		m.plan.note("The device of element %s of %s is of a kind that is not understood; it stays as it is.", ref.Element.Key(), ref.Object.Alias())
	}
	m.noteBoot(s)
	return all, nil
}

// pathOf are the elements that say what is meant on the device of another element.
// Source: package bcd's list of names.
var pathOf = map[bcd.ElementType]bcd.ElementType{
	bcd.ElementDevice:    bcd.ElementPath,
	bcd.ElementOSDevice:  bcd.ElementSystemRoot, // of resume objects: filedevice and filepath
	bcd.ElementSDIDevice: bcd.ElementSDIPath,
	0x11000043:           0x12000044, // bootstatdevice, bootstatfilepath
	0x21000022:           0x22000023, // bcddevice, bcdfilepath
}

// follows judges one device element that names the old system partition. stays is what
// keeps it there, where it is known.
func (m *mover) follows(o *bcd.Object, e *bcd.Element) (follows bool, stays string) {
	d, err := e.Device()
	if err != nil {
		return false, ""
	}
	path, nested := fileOf(&d.Descriptor)
	if !nested {
		if named := o.Element(pathOf[e.Type]); named != nil {
			path, _ = named.Text() // one that is damaged names nothing
		}
	}
	switch {
	case path == "":
		return o.ID == bcd.BootManager || o.Type == bcd.TypeMemoryTester || o.Type == bcd.TypeLegacyLoader, ""
	case o.ID == bcd.BootManager || m.copied[folded(path)]:
		return true, ""
	case bootchain.Exists(m.from, path):
		return false, path
	}
	// What it names is nowhere: what was in the folder of the boot files is looked for
	// there; all else keeps what is wrong with it, for the repairs of the store.
	return o.Type == bcd.TypeMemoryTester || o.Type == bcd.TypeLegacyLoader, ""
}

// fileOf is the file that a device is in: the image of a ramdisk, a virtual disk.
func fileOf(d *bcd.Descriptor) (path string, ok bool) {
	disk := d.Disk
	if d.Partition != nil {
		disk = &d.Partition.Disk
	}
	switch {
	case disk == nil:
		return "", false
	case disk.File != nil:
		return disk.File.Name(), true
	case disk.Container != nil:
		return fileOf(disk.Container)
	}
	return "", false
}

// noteBoot tells of entries for files on whatever partition the boot manager was
// started from, where these are not copied.
func (m *mover) noteBoot(s *bcd.Store) {
	for _, o := range s.Objects {
		for _, e := range o.Elements {
			if e.Type.Format() != bcd.FormatDevice {
				continue
			}
			d, err := e.Device()
			if err != nil || !isBoot(&d.Descriptor) {
				continue
			}
			path, nested := fileOf(&d.Descriptor)
			if named := o.Element(pathOf[e.Type]); !nested && named != nil {
				path, _ = named.Text()
			}
			if path != "" && !m.copied[folded(path)] && bootchain.HasFile(m.from.FS, path) {
				m.plan.note("%s of the boot menu looks for %s on the partition that was started from, and that file is not copied: copy it yourself, or the entry no longer works.", name(o), path)
			}
		}
	}
}

func isBoot(d *bcd.Descriptor) bool {
	if d.Kind == bcd.KindBoot {
		return true
	}
	disk := d.Disk
	if d.Partition != nil {
		disk = &d.Partition.Disk
	}
	return disk != nil && (disk.File != nil && isBoot(&disk.File.Device) || disk.Container != nil && isBoot(disk.Container))
}

func name(o *bcd.Object) string {
	if e := o.Element(bcd.ElementDescription); e != nil {
		if text, err := e.Text(); err == nil && text != "" {
			return fmt.Sprintf("%q (%s)", text, o.ID.Alias())
		}
	}
	return o.ID.Alias()
}
