package bcd

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrDevice: the data of a device element is no device.
var ErrDevice = errors.New("no device")

// DeviceKind is the kind of a descriptor.
// Source: the boot library's structures as ReactOS names them
// (boot/environ/include/bl.h), checked against the real stores.
type DeviceKind uint32

// The kinds. Those without a comment about their use were never seen in a store.
const (
	KindDisk            DeviceKind = 0 // a whole disk, a file of a device, a ramdisk
	KindLegacyPartition DeviceKind = 2
	KindSerial          DeviceKind = 3
	KindNetwork         DeviceKind = 4
	KindBoot            DeviceKind = 5 // where the boot manager was started from
	KindPartition       DeviceKind = 6
	KindVMBus           DeviceKind = 7
	KindLocate          DeviceKind = 8 // whichever device has a file
)

// LocalKind is the kind of a disk.
type LocalKind uint32

// The kinds of disks.
const (
	LocalHardDisk LocalKind = 0
	LocalFloppy   LocalKind = 1
	LocalCD       LocalKind = 2
	LocalRamdisk  LocalKind = 3
	LocalFile     LocalKind = 5
	LocalVHD      LocalKind = 6 // a virtual disk in a file
)

// Style says how disks and partitions are named.
type Style uint32

// The styles.
const (
	StyleGPT Style = 0
	StyleMBR Style = 1
	StyleRaw Style = 2 // by the number of the disk
)

// Device is the data of a device element.
type Device struct {
	// Options names the object with more settings for a ramdisk; zero where there is none.
	Options GUID
	Descriptor
	Tail []byte // bytes behind the descriptor
}

// Descriptor describes a device. Disk is set for KindDisk, Partition for KindPartition, Locate
// for KindLocate; where the content is not understood, and for all other kinds, Raw
// holds it.
type Descriptor struct {
	Kind     DeviceKind
	Flags    uint32 // 1 for ramdisks
	Reserved uint32

	Disk      *Disk
	Partition *Partition
	Locate    *Locate
	Raw       []byte
}

// Partition is a partition of a disk.
type Partition struct {
	ID   [16]byte // GPT: its GUID; MBR: its start in bytes (u64), then zeros
	Disk Disk
}

// Disk is a disk of a kind. Of hard disks and virtual ones ID is set, of files
// and ramdisks File, of virtual disks Container as well.
type Disk struct {
	Kind      LocalKind
	ID        *DiskID
	Image     []byte // of ramdisks: base, size and offset, 20 bytes, all zero in stores
	File      *File
	Container *Descriptor // the file that the virtual disk is in
	Rest      []byte      // what follows: unused space, or all of it when not understood
}

// DiskID names a disk.
type DiskID struct {
	Style Style
	ID    [16]byte // GPT: its GUID; MBR: its signature (u32), then zeros
}

// File is a file of a device.
type File struct {
	Version  uint32 // 1
	PathType uint32 // 5
	Device   Descriptor
	Path     []byte // UTF-16LE with NUL, and what follows it
}

// Locate is the device that has a certain file: the one whose path an element
// of the same object gives, or one named here.
type Locate struct {
	Type    uint32      // 0 by element, 1 by path
	Element ElementType // for type 0
	Path    []byte      // UTF-16LE with NUL, and what follows it
	Parent  *Descriptor // where to look; nil: everywhere
}

const (
	deviceHead  = 16 // options
	head        = 16 // kind, flags, size, reserved
	diskIDSize  = 20
	fileHead    = 12 // version, length, path type
	locateHead  = 12
	ramdiskHead = 20 // base, size, offset
	pathOfFile  = 5  // the path type of a file of a device
	maxNesting  = 8  // four are in use at most: a file in a virtual disk in a file
	maxDevice   = 64 << 10
)

var le = binary.LittleEndian

// ParseDevice reads the data of a device element. What is not understood is kept
// as bytes, so that Encode gives back exactly b. Errors wrap ErrDevice.
func ParseDevice(b []byte) (Device, error) {
	if len(b) > maxDevice {
		return Device{}, fmt.Errorf("%w: %d bytes, more than %d", ErrDevice, len(b), maxDevice)
	}
	if len(b) < deviceHead+head {
		return Device{}, fmt.Errorf("%w: %d bytes, want at least %d", ErrDevice, len(b), deviceHead+head)
	}
	d := Device{Options: GUID(b[:deviceHead])}
	size := le.Uint32(b[deviceHead+8:])
	if size < head || int64(size) > int64(len(b)-deviceHead) {
		return Device{}, fmt.Errorf("%w: the descriptor claims %#x bytes, there are %#x", ErrDevice, size, len(b)-deviceHead)
	}
	d.Descriptor, _ = parseDescriptor(b[deviceHead:], 0)
	d.Tail = bytes.Clone(b[deviceHead+int(size):])
	if !bytes.Equal(d.Encode(), b) { // a layout that nobody knows: nothing is taken from it
		d.Descriptor = opaque(b[deviceHead:][:size])
	}
	return d, nil
}

// opaque keeps a descriptor as it is.
func opaque(b []byte) Descriptor {
	return Descriptor{Kind: DeviceKind(le.Uint32(b)), Flags: le.Uint32(b[4:]), Reserved: le.Uint32(b[12:]), Raw: bytes.Clone(b[head:])}
}

// parseDescriptor reads a descriptor at the start of b. False: there is none.
func parseDescriptor(b []byte, depth int) (Descriptor, bool) {
	if len(b) < head || depth > maxNesting {
		return Descriptor{}, false
	}
	size := le.Uint32(b[8:])
	if size < head || int64(size) > int64(len(b)) {
		return Descriptor{}, false
	}
	b = b[:size]
	d, body := opaque(b), b[head:]
	switch d.Kind {
	case KindDisk:
		d.Disk = parseDisk(body, depth)
	case KindPartition:
		if len(body) >= 16+4 {
			if disk := parseDisk(body[16:], depth); disk != nil {
				d.Partition = &Partition{ID: [16]byte(body), Disk: *disk}
			}
		}
	case KindLocate:
		d.Locate = parseLocate(b, depth)
	}
	if d.Disk != nil || d.Partition != nil || d.Locate != nil {
		d.Raw = nil
	}
	return d, true
}

// parseDisk reads what describes a disk, up to the end of b.
func parseDisk(b []byte, depth int) *Disk {
	if len(b) < 4 {
		return nil
	}
	d, rest := &Disk{Kind: LocalKind(le.Uint32(b))}, b[4:]
	switch {
	case (d.Kind == LocalHardDisk || d.Kind == LocalVHD) && len(rest) >= diskIDSize:
		d.ID = &DiskID{Style(le.Uint32(rest)), [16]byte(rest[4:])}
		rest = rest[diskIDSize:]
		if d.Kind == LocalVHD {
			c, ok := parseDescriptor(rest, depth+1)
			if !ok {
				return nil
			}
			d.Container, rest = &c, rest[le.Uint32(rest[8:]):]
		}
	case d.Kind == LocalRamdisk && len(rest) >= ramdiskHead:
		d.Image, rest = bytes.Clone(rest[:ramdiskHead]), rest[ramdiskHead:]
		fallthrough
	case d.Kind == LocalFile:
		if d.File = parseFile(rest, depth); d.File == nil {
			return nil
		}
		rest = rest[le.Uint32(rest[4:]):]
	}
	d.Rest = bytes.Clone(rest)
	return d
}

// parseFile reads a file of a device at the start of b.
func parseFile(b []byte, depth int) *File {
	if len(b) < fileHead {
		return nil
	}
	size := le.Uint32(b[4:])
	if size < fileHead || int64(size) > int64(len(b)) || le.Uint32(b[8:]) != pathOfFile {
		return nil
	}
	f := &File{Version: le.Uint32(b), PathType: pathOfFile}
	var ok bool
	if f.Device, ok = parseDescriptor(b[fileHead:size], depth+1); !ok {
		return nil
	}
	f.Path = bytes.Clone(b[fileHead+le.Uint32(b[fileHead+8:]) : size])
	return f
}

// parseLocate reads a whole descriptor, in which the parent's offset counts from
// its start.
func parseLocate(b []byte, depth int) *Locate {
	if len(b) < head+locateHead {
		return nil
	}
	l := &Locate{Type: le.Uint32(b[head:]), Element: ElementType(le.Uint32(b[head+4:]))}
	parent := le.Uint32(b[head+8:])
	if parent == 0 {
		l.Path = bytes.Clone(b[head+locateHead:])
		return l
	}
	if parent < head+locateHead || int64(parent) > int64(len(b)) {
		return nil
	}
	p, ok := parseDescriptor(b[parent:], depth+1)
	if !ok || int(parent+le.Uint32(b[parent+8:])) != len(b) {
		return nil
	}
	l.Path, l.Parent = bytes.Clone(b[head+locateHead:parent]), &p
	return l
}
