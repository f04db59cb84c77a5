package bcd

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// String gives a device on one line, like bcdedit: "boot", "partition=...",
// "file=[...]\path", "ramdisk=[...]\path,{options}", "vhd=[...]\path", "locate=\path".
// bcdedit names partitions by what Windows calls them at the moment, which nobody knows
// offline; here they are mbr:SIGNATURE:OFFSET and gpt:PARTITION:DISK, as
// ParseDeviceText reads them.
func (d Device) String() string {
	s := d.Descriptor.String()
	if !d.Options.IsZero() {
		s += "," + d.Options.Alias()
	}
	return s
}

// String gives a descriptor on one line; see Device.String.
func (d Descriptor) String() string {
	switch {
	case d.Kind == KindBoot:
		return "boot"
	case d.Partition != nil:
		return d.Partition.text()
	case d.Disk != nil:
		return d.Disk.text()
	case d.Locate != nil:
		return d.Locate.text()
	}
	return fmt.Sprintf("unknown (kind %d: %s)", uint32(d.Kind), hex.EncodeToString(d.Raw[:min(len(d.Raw), 64)]))
}

func (p *Partition) text() string {
	if p.Disk.Kind == LocalVHD {
		s := p.Disk.text()
		if p.ID != [16]byte{} {
			s += ",partition=" + p.name()
		}
		return s
	}
	if p.Disk.Kind != LocalHardDisk {
		return fmt.Sprintf("partition=%x of %s", p.ID, p.Disk.text())
	}
	return "partition=" + p.name()
}

// name is a partition in a form that ParseIdentity reads.
func (p *Partition) name() string {
	id, ok := p.Identity()
	if p.Disk.Kind == LocalVHD && p.Disk.ID != nil {
		id, ok = (&Partition{p.ID, Disk{ID: p.Disk.ID}}).Identity()
	}
	if !ok {
		return fmt.Sprintf("unknown (%x)", p.ID)
	}
	return id.Short()
}

// Short is an identity in the form that ParseIdentity reads.
func (id Identity) Short() string {
	if id.Style == StyleGPT {
		return "gpt:" + id.Partition.Bare() + ":" + id.Disk.Bare()
	}
	return fmt.Sprintf("mbr:%08x:%d", id.Signature, id.Offset)
}

func (d *Disk) text() string {
	switch d.Kind {
	case LocalHardDisk:
		return "disk=" + d.ID.text()
	case LocalCD:
		return "cd"
	case LocalFloppy:
		return "floppy"
	case LocalRamdisk:
		if d.File != nil {
			return "ramdisk=" + d.File.text()
		}
	case LocalFile:
		if d.File != nil {
			return "file=" + d.File.text()
		}
	case LocalVHD:
		if c := d.Container; c != nil {
			if c.Disk != nil && c.Disk.File != nil {
				return "vhd=" + c.Disk.File.text()
			}
			return "vhd=" + c.String()
		}
	}
	return fmt.Sprintf("unknown (disk of kind %d)", uint32(d.Kind))
}

func (id *DiskID) text() string {
	switch {
	case id == nil:
		return "unknown"
	case id.Style == StyleGPT:
		return "gpt:" + GUID(id.ID).Bare()
	case id.Style == StyleMBR:
		return fmt.Sprintf("mbr:%08x", le.Uint32(id.ID[:]))
	}
	return fmt.Sprintf("raw:%d", le.Uint32(id.ID[:]))
}

// text is the device in brackets and the path.
func (f *File) text() string {
	if l := f.Device.Locate; l != nil && l.Type == 1 && l.Name() == f.Name() {
		return "[locate]" + f.Name() // bcdedit's way to say that the file itself is looked for
	}
	return "[" + strings.TrimPrefix(f.Device.String(), "partition=") + "]" + f.Name()
}

func (l *Locate) text() string {
	s := "locate="
	if l.Type == 0 {
		s += fmt.Sprintf("custom:%08x", uint32(l.Element))
	} else {
		s += l.Name()
	}
	if l.Parent != nil {
		return l.Parent.String() + "," + s
	}
	return s
}

// ParseDeviceText reads a device: boot, partition=ID, locate=\path, file=[ID]\path,
// ramdisk=[ID]\path,{options}, vhd=[ID]\path,locate=custom:XXXXXXXX with ID as in
// ParseIdentity, boot or locate; or hex:BYTES for any other.
func ParseDeviceText(s string) (Device, error) {
	kind, rest, _ := strings.Cut(s, "=")
	if strings.EqualFold(s, "boot") {
		return BootDevice(), nil
	}
	switch strings.ToLower(kind) {
	case "partition":
		id, err := ParseIdentity(rest)
		return PartitionDevice(id), err
	case "locate":
		if !strings.HasPrefix(rest, `\`) {
			return Device{}, fmt.Errorf(`%q: want locate=\path`, s)
		}
		return LocateDevice(rest), nil
	case "file", "ramdisk", "vhd":
		return parseFileText(strings.ToLower(kind), rest)
	}
	if digits, ok := strings.CutPrefix(s, "hex:"); ok {
		b, err := hex.DecodeString(digits)
		if err != nil {
			return Device{}, fmt.Errorf("%q: %w", s, err)
		}
		return ParseDevice(b)
	}
	return Device{}, fmt.Errorf("%q is no device: there are boot, partition=ID, locate=\\path, file=[ID]\\path, ramdisk=[ID]\\path,{options}, vhd=[ID]\\path,locate=custom:XXXXXXXX and hex:BYTES", s)
}

// parseFileText reads what is behind file=, ramdisk= or vhd=.
func parseFileText(kind, s string) (Device, error) {
	inner, path, err := parseBrackets(s)
	if err != nil {
		return Device{}, err
	}
	last := ""
	if kind != "file" {
		i := strings.LastIndex(path, ",")
		if i < 0 {
			return Device{}, fmt.Errorf(`%s=%s: want ramdisk=[ID]\path,{options}, the object that says where the .sdi file is, or vhd=[ID]\path,locate=custom:22000002, the element whose path is in it`, kind, s)
		}
		path, last = path[:i], path[i+1:]
	}
	on := locateByPath(path)
	if !strings.EqualFold(inner, "locate") {
		if on, err = parseInner(inner); err != nil {
			return Device{}, err
		}
	}
	switch kind {
	case "file":
		return FileDevice(on, path), nil
	case "ramdisk":
		options, err := ParseObject(last)
		return RamdiskDevice(on, path, options), err
	}
	digits, ok := strings.CutPrefix(last, "locate=custom:")
	by, isKey := parseElementKey(digits)
	if !ok || !isKey {
		return Device{}, fmt.Errorf("%q: want locate=custom:XXXXXXXX, the element whose path is in the virtual disk", last)
	}
	return VHDDevice(on, path, by), nil
}

// parseBrackets takes the device in brackets and the path apart.
func parseBrackets(s string) (inner, path string, err error) {
	inner, path, ok := strings.Cut(strings.TrimPrefix(s, "["), "]")
	if !ok || !strings.HasPrefix(s, "[") || !strings.HasPrefix(path, `\`) {
		return "", "", fmt.Errorf(`%q: want [ID]\path, [boot]\path or [locate]\path`, s)
	}
	return inner, path, nil
}

func parseInner(s string) (Descriptor, error) {
	if strings.EqualFold(s, "boot") {
		return BootDevice().Descriptor, nil
	}
	id, err := ParseIdentity(strings.TrimPrefix(s, "partition="))
	return partitionDescriptor(id), err
}
