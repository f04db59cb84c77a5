package bootchain

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// Moved says of the partitions that a store names and no disk has what became of
// them.
type Moved struct {
	// To gives the partition that each of them is now.
	To map[bcd.Identity]bcd.Identity
	// Starts are the references by which a Windows is started, Manager those of
	// the boot manager itself, as far as no disk has what they name.
	Starts, Manager []bcd.Reference
	// Lost are those of Starts for which nothing tells what is meant.
	Lost []bcd.Reference
	// Elsewhere are those that mean the partition of the store itself and name one of
	// another disk: it has by now the identity that the disk of Starts had.
	Elsewhere []bcd.Reference
}

// Moved compares what the store names with the partitions that are there. What a
// partition is now tells its start on the disk, or its GUID, and what lies on it. References
// of other entries, which may mean a disk that is not attached, follow where they
// can and are no fault.
func (m *BootManager) Moved(p *inspect.Patient) Moved {
	if !edition.NT6 {
		return Moved{}
	}
	r := Moved{To: map[bcd.Identity]bcd.Identity{}}
	if m.Store == nil {
		return r
	}
	here := partitionsHere(p)
	refs, _ := m.Store.References()
	split := map[bcd.Identity]bool{}
	var named []bcd.Reference
	for _, ref := range refs {
		if _, there := here[ref.Identity]; there {
			named = append(named, ref)
			continue
		}
		starts := m.startsWindows(ref)
		if starts {
			r.Starts = append(r.Starts, ref)
		}
		if ref.Object == bcd.BootManager {
			r.Manager = append(r.Manager, ref)
		}
		to, ok := m.now(p, here, ref)
		if !ok {
			continue
		}
		if have, twice := r.To[ref.Identity]; twice && have != to {
			split[ref.Identity] = true
		}
		r.To[ref.Identity] = to
	}
	for id := range split {
		delete(r.To, id)
	}
	for _, ref := range r.Starts {
		if _, ok := r.To[ref.Identity]; !ok {
			r.Lost = append(r.Lost, ref)
		}
	}
	for _, ref := range named {
		if m.ofStore(ref) && here[ref.Identity] != m.System && slices.ContainsFunc(r.Starts, func(s bcd.Reference) bool { return sameDisk(s.Identity, ref.Identity) }) {
			r.Elsewhere = append(r.Elsewhere, ref)
			if id, err := StoreIdentity(m.System); err == nil && !m.startsOn(p, named, ref.Identity, here[ref.Identity]) {
				r.To[ref.Identity] = id // whatever else names it means the partition of the store, too
			}
		}
	}
	return r
}

// startsOn reports whether an entry that names the identity starts a Windows on the
// volume that has it, or names a file that is there, or not on the store's volume.
func (m *BootManager) startsOn(p *inspect.Patient, refs []bcd.Reference, id bcd.Identity, v *inspect.Volume) bool {
	return slices.ContainsFunc(refs, func(ref bcd.Reference) bool {
		o := m.Store.Object(ref.Object)
		if ref.Identity == id && ref.Nested && o != nil {
			file := nestedFile(o.Element(ref.Element))
			return file == "" || Exists(v, file) || !Exists(m.System, file)
		}
		if ref.Identity != id || o == nil || o.Type != bcd.TypeLoader {
			return false
		}
		root, ok := rootOf(o)
		return !ok || v == nil || slices.ContainsFunc(p.Windows, func(w *inspect.Installation) bool { return w.Volume == v && samePath(w.Root, root) })
	})
}

// nestedFile is the path of the file that a device is made of: a ramdisk's image. "" where
// there is none to be seen.
func nestedFile(e *bcd.Element) string {
	if e == nil {
		return ""
	}
	at := bytes.Index(e.Data, []byte{'\\', 0})
	if at < 0 {
		return ""
	}
	var units []uint16
	for i := at; i+2 <= len(e.Data) && (e.Data[i] != 0 || e.Data[i+1] != 0); i += 2 {
		units = append(units, binary.LittleEndian.Uint16(e.Data[i:]))
	}
	return fs.DecodeName(units)
}

// ofStore reports a reference that means the partition on which the store lies. A copy
// of a store on another disk may name that of the first, which is no fault by itself.
func (m *BootManager) ofStore(ref bcd.Reference) bool {
	o := m.Store.Object(ref.Object)
	return o != nil && !ref.Nested && (ref.Object == bcd.BootManager && ref.Element == bcd.ElementDevice || o.Type == bcd.TypeMemoryTester)
}

func sameDisk(a, b bcd.Identity) bool {
	return a.Style == b.Style && (a.Style == bcd.StyleMBR && a.Signature == b.Signature || a.Style == bcd.StyleGPT && a.Disk == b.Disk)
}

// partitionsHere are the partitions of the patient by the names that stores have for them.
// Of clones the first counts.
func partitionsHere(p *inspect.Patient) map[bcd.Identity]*inspect.Volume {
	here := map[bcd.Identity]*inspect.Volume{}
	for _, d := range p.Disks {
		if d.Err != nil || d.Rescue || d.Table == nil {
			continue
		}
		for _, one := range d.Table.Partitions {
			id, err := bcd.IdentityOf(d.Table, one)
			if err != nil {
				continue
			}
			if _, twice := here[id]; twice {
				continue
			}
			here[id] = nil
			if i := slices.IndexFunc(d.Volumes, func(v *inspect.Volume) bool { return v.Partition.Number == one.Number }); i >= 0 {
				here[id] = d.Volumes[i]
			}
		}
	}
	return here
}

// startsWindows reports a reference of what starts by default, or of the entry of
// the only Windows that there is.
func (m *BootManager) startsWindows(ref bcd.Reference) bool {
	o := m.Store.Object(ref.Object)
	if o == nil || o.Type != bcd.TypeLoader || ref.Nested || IsYes(o.Element(bcd.ElementWinPE)) {
		return false
	}
	if o == m.Store.Object(bcd.DefaultEntry) {
		return true
	}
	folder, ok := rootOf(o)
	return ok && len(m.Windows) == 1 && samePath(folder, m.Windows[0].Root) && m.Loader(m.Windows[0]) == nil
}

func rootOf(o *bcd.Object) (string, bool) {
	e := o.Element(bcd.ElementSystemRoot)
	if e == nil {
		return "", false
	}
	text, err := e.Text()
	return text, err == nil && text != ""
}

// now finds the partition that a reference means.
func (m *BootManager) now(p *inspect.Patient, here map[bcd.Identity]*inspect.Volume, ref bcd.Reference) (bcd.Identity, bool) {
	o := m.Store.Object(ref.Object)
	var alike []bcd.Identity
	for id, v := range here { // the same place of the system disk, or the same GUID
		same := id.Style == bcd.StyleGPT && ref.Identity.Style == bcd.StyleGPT && id.Partition == ref.Identity.Partition
		if id.Style == bcd.StyleMBR && ref.Identity.Style == bcd.StyleMBR && id.Offset == ref.Identity.Offset {
			same = id.Signature == m.System.Disk.Table.Signature && !signatureHere(p, ref.Identity.Signature)
		}
		if same && m.fits(o, ref, v) {
			alike = append(alike, id)
		}
	}
	if len(alike) == 1 {
		return alike[0], true
	}
	var found []*inspect.Volume
	for _, v := range p.Volumes() {
		if !v.IsDisc() && v.FS != nil && m.byContent(o, ref, v) {
			found = append(found, v)
		}
	}
	if len(found) != 1 {
		return bcd.Identity{}, false
	}
	id, err := StoreIdentity(found[0])
	return id, err == nil && id.Style == ref.Identity.Style
}

func signatureHere(p *inspect.Patient, signature uint32) bool {
	return slices.ContainsFunc(p.Disks, func(d *inspect.Disk) bool {
		return d.Err == nil && d.Table != nil && d.Table.Scheme == part.MBR && d.Table.Signature == signature
	})
}

// fits reports that nothing on a volume speaks against the reference: a loader's
// has its Windows. Volumes that cannot be read do not contradict.
func (m *BootManager) fits(o *bcd.Object, ref bcd.Reference, v *inspect.Volume) bool {
	if v == nil || v.FS == nil || ref.Nested || o.Type != bcd.TypeLoader {
		return true
	}
	root, ok := rootOf(o)
	return !ok || slices.ContainsFunc(m.Windows, func(w *inspect.Installation) bool { return w.Volume == v && samePath(w.Root, root) })
}

// byContent reports a volume that has what the reference is there for, and that no
// other entry starts.
func (m *BootManager) byContent(o *bcd.Object, ref bcd.Reference, v *inspect.Volume) bool {
	switch {
	case ref.Object == bcd.BootManager, o.Type == bcd.TypeMemoryTester:
		return v == m.System
	case ref.Nested:
		d, err := o.Element(ref.Element).Device()
		return err == nil && d.Disk != nil && d.Disk.File != nil && HasFile(v.FS, d.Disk.File.Name())
	case o.Type == bcd.TypeLoader:
		root, ok := rootOf(o)
		return ok && slices.ContainsFunc(m.Windows, func(w *inspect.Installation) bool {
			return w.Volume == v && samePath(w.Root, root) && m.Loader(w) == nil
		})
	}
	return false
}

// Witness says why an old disk signature is the one to bring back: everything that
// knows the disk knows it by that.
type Witness struct {
	Signature uint32
	Store     int    // references of the store that name it
	Letter    string // the value of MountedDevices that does, of a Windows on the disk
	Windows   *inspect.Installation
}

// OldSignature finds the signature that the system disk had when its Windows last
// ran: the store names it for partitions that are still where they were, the
// drive letters of Windows know it, and no disk of the machine has it. false where
// the new one is known to anybody: then the store has to follow.
func (m *BootManager) OldSignature(p *inspect.Patient) (Witness, bool) {
	if !edition.NT6 {
		return Witness{}, false
	}
	d := m.System.Disk
	if m.Store == nil || d.Table == nil || d.Table.Scheme != part.MBR {
		return Witness{}, false
	}
	var w Witness
	here := partitionsHere(p)
	refs, opaque := m.Store.References()
	for _, ref := range refs {
		id := ref.Identity
		if _, there := here[id]; there && id.Style == bcd.StyleMBR && id.Signature == d.Table.Signature {
			return w, false
		} else if there {
			continue // of another disk
		}
		now := bcd.MBRIdentity(d.Table.Signature, id.Offset)
		v, back := here[now]
		if d.Table.Signature == 0 {
			v, back = volumeAt(d, id.Offset)
		}
		if id.Style != bcd.StyleMBR || !back || !m.fits(m.Store.Object(ref.Object), ref, v) || w.Signature != 0 && w.Signature != id.Signature {
			return w, false
		}
		w.Signature = id.Signature
		w.Store++
	}
	if w.Signature == 0 || len(opaque) > 0 || signatureHere(p, w.Signature) {
		return w, false
	}
	for _, win := range m.Windows {
		if win.Volume.Disk != d || win.System == nil {
			continue
		}
		list, err := win.System.MountedDevices()
		if err != nil {
			return w, false
		}
		for _, one := range list {
			if len(one.Data) != 12 || !strings.HasPrefix(one.Name, `\DosDevices\`) {
				continue
			}
			switch le32(one.Data) {
			case d.Table.Signature:
				return w, false
			case w.Signature:
				w.Letter, w.Windows = one.Name, win
			}
		}
	}
	return w, w.Letter != ""
}

func le32(b []byte) uint32 {
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}

// volumeAt is the volume of a partition that begins there.
func volumeAt(d *inspect.Disk, off uint64) (*inspect.Volume, bool) {
	for _, v := range d.Volumes {
		if v.Partition.Number > 0 && uint64(v.Partition.Range.Off) == off {
			return v, true
		}
	}
	return nil, false
}
