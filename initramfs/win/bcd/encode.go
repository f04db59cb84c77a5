package bcd

import (
	"encoding/binary"

	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// Encode gives the data of a device element. Sizes inside are computed.
func (d Device) Encode() []byte {
	b := append([]byte(nil), d.Options[:]...)
	b = append(b, d.Descriptor.encode()...)
	return append(b, d.Tail...)
}

func (d *Descriptor) encode() []byte {
	b := le.AppendUint32(nil, uint32(d.Kind))
	b = le.AppendUint32(b, d.Flags)
	b = le.AppendUint32(b, 0) // the size, below
	b = le.AppendUint32(b, d.Reserved)
	switch {
	case d.Disk != nil:
		b = d.Disk.append(b)
	case d.Partition != nil:
		b = d.Partition.Disk.append(append(b, d.Partition.ID[:]...))
	case d.Locate != nil:
		b = d.Locate.append(b)
	default:
		b = append(b, d.Raw...)
	}
	le.PutUint32(b[8:], uint32(len(b)))
	return b
}

func (d *Disk) append(b []byte) []byte {
	b = le.AppendUint32(b, uint32(d.Kind))
	if d.ID != nil {
		b = append(le.AppendUint32(b, uint32(d.ID.Style)), d.ID.ID[:]...)
	}
	b = append(b, d.Image...)
	if d.File != nil {
		b = append(b, d.File.encode()...)
	}
	if d.Container != nil {
		b = append(b, d.Container.encode()...)
	}
	return append(b, d.Rest...)
}

func (f *File) encode() []byte {
	b := le.AppendUint32(nil, f.Version)
	b = le.AppendUint32(b, 0) // the length, below
	b = le.AppendUint32(b, f.PathType)
	b = append(b, f.Device.encode()...)
	b = append(b, f.Path...)
	le.PutUint32(b[4:], uint32(len(b)))
	return b
}

// append writes the body of a descriptor, behind its head.
func (l *Locate) append(b []byte) []byte {
	b = le.AppendUint32(b, l.Type)
	b = le.AppendUint32(b, uint32(l.Element))
	if l.Parent == nil {
		return append(le.AppendUint32(b, 0), l.Path...)
	}
	b = le.AppendUint32(b, uint32(head+locateHead+len(l.Path)))
	return append(append(b, l.Path...), l.Parent.encode()...)
}

// unused is the space that Windows leaves behind the names of a hard disk.
const unused = 16

// BootDevice is the device that the boot manager was started from.
func BootDevice() Device {
	return Device{Descriptor: Descriptor{Kind: KindBoot, Raw: make([]byte, 16+4+diskIDSize+unused)}}
}

// PartitionDevice is a partition of a disk.
func PartitionDevice(id Identity) Device { return Device{Descriptor: partitionDescriptor(id)} }

func partitionDescriptor(id Identity) Descriptor {
	d := Descriptor{Kind: KindPartition, Partition: &Partition{Disk: Disk{ID: &DiskID{}, Rest: make([]byte, unused)}}}
	d.Partition.setIdentity(id)
	return d
}

// FileDevice is a file of a device.
func FileDevice(on Descriptor, path string) Device {
	return Device{Descriptor: Descriptor{Kind: KindDisk, Disk: &Disk{Kind: LocalFile, File: newFile(on, path)}}}
}

// RamdiskDevice is a ramdisk with the content of a file (a .wim). options names
// the object with the path of the .sdi file.
func RamdiskDevice(on Descriptor, path string, options GUID) Device {
	return Device{Options: options, Descriptor: Descriptor{Kind: KindDisk, Flags: 1,
		Disk: &Disk{Kind: LocalRamdisk, Image: make([]byte, ramdiskHead), File: newFile(on, path)}}}
}

// LocateDevice is whichever device has a file of that path.
func LocateDevice(path string) Device { return Device{Descriptor: locateByPath(path)} }

func locateByPath(path string) Descriptor {
	return Descriptor{Kind: KindLocate, Locate: &Locate{Type: 1, Path: registry.SZ(path)}}
}

// VHDDevice is the partition of a virtual disk that has the file whose path an
// element of the same object gives: ElementPath for the device of a loader,
// ElementSystemRoot for its osdevice.
func VHDDevice(on Descriptor, path string, by ElementType) Device {
	file := Descriptor{Kind: KindDisk, Disk: &Disk{Kind: LocalFile, File: newFile(on, path)}}
	disk := Descriptor{Kind: KindDisk, Disk: &Disk{Kind: LocalVHD, ID: &DiskID{}, Container: &file}}
	return Device{Descriptor: Descriptor{Kind: KindLocate, Locate: &Locate{Element: by, Path: registry.SZ(""), Parent: &disk}}}
}

func newFile(on Descriptor, path string) *File {
	return &File{Version: 1, PathType: pathOfFile, Device: on, Path: registry.SZ(path)}
}

// widePath is a path up to its NUL.
func widePath(b []byte) string {
	for i := 0; i+1 < len(b); i += 2 {
		if binary.LittleEndian.Uint16(b[i:]) == 0 {
			return registry.Text(b[:i])
		}
	}
	return registry.Text(b)
}

// Name is the path up to its NUL.
func (f *File) Name() string { return widePath(f.Path) }

// Name is the path up to its NUL, "" where an element gives it.
func (l *Locate) Name() string { return widePath(l.Path) }
