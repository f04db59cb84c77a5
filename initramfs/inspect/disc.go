package inspect

import (
	"encoding/binary"
	"sync"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/iso9660"
	"github.com/bootmend/bootmend/initramfs/fs/probe"
	"github.com/bootmend/bootmend/initramfs/part"
)

// IsDisc reports whether the volume is a CD or DVD: it is read when somebody
// asks for its files, never searched for Windows (set-up media hold folders
// that look like one), and never written.
func (v *Volume) IsDisc() bool { return isDisc(v.Kind) }

func isDisc(k fs.Kind) bool { return k == fs.ISO9660 || k == fs.UDF }

// discSector is the sector size of drives for CDs. Nothing there starts from an
// MBR; that of a hybrid image counts in sectors of 512 bytes and would be
// misread.
const discSector = 2048

// addDisc adds the whole medium as partition 0 when it is a disc: one without
// a partition table, or a hybrid image, whose table has an entry around the
// descriptors of the disc. A disk that held such an image before it was
// partitioned may still have the descriptors, in the gap before its first
// partition.
func (d *Disk) addDisc() {
	if len(d.Volumes) > 0 && d.Volumes[0].Partition.Number == 0 {
		return // one volume without a table
	}
	kind, err := iso9660.Detect(d.Dev)
	if err != nil || !isDisc(kind) {
		return // nothing says that it should be one
	}
	if d.Dev.SectorSize() == discSector {
		d.Table, d.Volumes = &part.Table{Scheme: part.None}, nil
	}
	if !d.Rescue && len(d.Volumes) > 0 && !d.isHybrid() {
		return
	}
	whole := part.Partition{Range: block.Range{Len: d.Dev.Size()}}
	if d.Table.Scheme == part.None {
		d.Table = &part.Table{Scheme: part.None, Partitions: []part.Partition{whole}}
	}
	d.Volumes = append(d.Volumes, &Volume{Disk: d, Partition: whole, Kind: kind, FS: newDisc(kind, d.Dev)})
}

// isHybrid asks what the partition table has at the place of the descriptors.
// The entry for the whole image may be of type 0, which is no partition.
func (d *Disk) isHybrid() bool {
	const descriptors, entries, protective = 16 * 2048, 0x1BE, 0xEE
	around := false
	for _, v := range d.Volumes {
		if r := v.Partition.Range; r.Off <= descriptors && descriptors < r.End() {
			if !v.IsDisc() && v.Kind != fs.Unknown && v.Kind != fs.Empty {
				return false
			}
			around = true
		}
	}
	mbr := make([]byte, 512)
	if n, _ := d.Dev.ReadAt(mbr, 0); n < len(mbr) {
		return false
	}
	for i := range 4 {
		e := mbr[entries+16*i:]
		from := int64(binary.LittleEndian.Uint32(e[8:])) * 512
		to := from + int64(binary.LittleEndian.Uint32(e[12:]))*512
		around = around || e[4] != protective && from <= descriptors && descriptors < to
	}
	return around
}

// disc is a CD that is opened by the first who wants something from it, so that
// one with scratches neither delays nor disturbs looking at the patient.
type disc struct {
	kind fs.Kind
	open func() (fs.FS, error)
}

func newDisc(kind fs.Kind, dev block.Device) *disc {
	return &disc{kind, sync.OnceValues(func() (fs.FS, error) { return probe.Open(dev) })}
}

// Kind is fs.ISO9660 or fs.UDF.
func (d *disc) Kind() fs.Kind { return d.kind }

// Stat describes the file or directory at path.
func (d *disc) Stat(path string) (fs.Info, error) {
	v, err := d.open()
	if err != nil {
		return fs.Info{}, err
	}
	return v.Stat(path)
}

// ReadDir lists a directory.
func (d *disc) ReadDir(path string) ([]fs.Info, error) {
	v, err := d.open()
	if err != nil {
		return nil, err
	}
	return v.ReadDir(path)
}

// Open opens a file.
func (d *disc) Open(path string) (fs.File, error) {
	v, err := d.open()
	if err != nil {
		return nil, err
	}
	return v.Open(path)
}
