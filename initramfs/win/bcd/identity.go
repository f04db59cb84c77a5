package bcd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/part"
)

// Identity is how device elements name a partition. Identities can be compared.
type Identity struct {
	Style Style

	// MBR
	Signature uint32 // of the disk
	Offset    uint64 // start of the partition on the disk, bytes

	// GPT
	Partition GUID
	Disk      GUID
}

// MBRIdentity names a partition of an MBR disk by its start, in bytes.
func MBRIdentity(signature uint32, offset uint64) Identity {
	return Identity{Style: StyleMBR, Signature: signature, Offset: offset}
}

// GPTIdentity names a partition of a GPT disk.
func GPTIdentity(partition, disk GUID) Identity {
	return Identity{Style: StyleGPT, Partition: partition, Disk: disk}
}

// Valid reports that the identity can be one of a partition.
func (id Identity) Valid() bool {
	switch id.Style {
	case StyleGPT:
		return !id.Partition.IsZero() && id.Signature == 0 && id.Offset == 0
	case StyleMBR:
		return id.Signature != 0 && id.Offset != 0 && id.Offset%512 == 0 && id.Partition.IsZero() && id.Disk.IsZero()
	}
	return false
}

// String gives an identity on one line: MBR signature and start, or GUIDs.
func (id Identity) String() string {
	switch id.Style {
	case StyleGPT:
		return fmt.Sprintf("gpt partition %s of disk %s", id.Partition, id.Disk)
	case StyleMBR:
		return fmt.Sprintf("mbr partition at %#x of disk %08x", id.Offset, id.Signature)
	}
	return fmt.Sprintf("partition of style %d", id.Style)
}

// ParseIdentity reads mbr:SIGNATURE:OFFSET (hexadecimal signature, offset in
// bytes, decimal or 0x) or gpt:PARTITION-GUID:DISK-GUID.
func ParseIdentity(s string) (Identity, error) {
	bad := fmt.Errorf("%q: want mbr:SIGNATURE:OFFSET (hexadecimal signature of the disk, start of the partition in bytes) or gpt:PARTITION-GUID:DISK-GUID", s)
	parts := strings.Split(s, ":")
	if len(parts) != 3 {
		return Identity{}, bad
	}
	switch strings.ToLower(parts[0]) {
	case "mbr":
		id := Identity{Style: StyleMBR}
		n, err := parseUint(parts[1], 16, 32)
		if err != nil {
			return Identity{}, bad
		}
		id.Signature = uint32(n)
		if id.Offset, err = parseUint(parts[2], 0, 64); err != nil {
			return Identity{}, bad
		}
		return id, nil
	case "gpt":
		partition, err := ParseGUID(parts[1])
		if err != nil {
			return Identity{}, bad
		}
		disk, err := ParseGUID(parts[2])
		if err != nil {
			return Identity{}, bad
		}
		return GPTIdentity(partition, disk), nil
	}
	return Identity{}, bad
}

// Identity of a partition; false when it is one of a virtual disk, a floppy or
// the like, or bytes that should be zero are not.
func (p *Partition) Identity() (Identity, bool) {
	if p.Disk.Kind != LocalHardDisk || p.Disk.ID == nil {
		return Identity{}, false
	}
	disk := p.Disk.ID
	switch disk.Style {
	case StyleGPT:
		return GPTIdentity(GUID(p.ID), GUID(disk.ID)), true
	case StyleMBR:
		id := MBRIdentity(le.Uint32(disk.ID[:]), le.Uint64(p.ID[:]))
		return id, p.ID == id.partitionID() && disk.ID == id.diskID()
	}
	return Identity{}, false
}

func (p *Partition) setIdentity(id Identity) {
	p.ID = id.partitionID()
	p.Disk.ID = &DiskID{id.Style, id.diskID()}
}

func (id Identity) partitionID() (b [16]byte) {
	if id.Style == StyleGPT {
		return id.Partition
	}
	le.PutUint64(b[:], id.Offset)
	return b
}

func (id Identity) diskID() (b [16]byte) {
	if id.Style == StyleGPT {
		return id.Disk
	}
	le.PutUint32(b[:], id.Signature)
	return b
}

// Identities are the partitions that a device refers to, nested ones too.
func (d *Descriptor) Identities() []Identity {
	var all []Identity
	d.each(func(d *Descriptor) {
		if d.Partition != nil {
			if id, ok := d.Partition.Identity(); ok {
				all = append(all, id)
			}
		}
	})
	return all
}

// each visits a descriptor and all that are nested in it.
func (d *Descriptor) each(visit func(*Descriptor)) {
	visit(d)
	disk := d.Disk
	if d.Partition != nil {
		disk = &d.Partition.Disk
	}
	if disk != nil {
		if disk.File != nil {
			disk.File.Device.each(visit)
		}
		if disk.Container != nil {
			disk.Container.each(visit)
		}
	}
	if d.Locate != nil && d.Locate.Parent != nil {
		d.Locate.Parent.each(visit)
	}
}

// IdentityOf is how elements name a partition of a table. Errors say what the
// table lacks.
func IdentityOf(t *part.Table, p part.Partition) (Identity, error) {
	switch t.Scheme {
	case part.MBR:
		if t.Signature == 0 {
			return Identity{}, errors.New("the disk has no signature")
		}
		return MBRIdentity(t.Signature, uint64(p.Range.Off)), nil
	case part.GPT:
		partition, err := ParseGUID(p.GUID)
		if err != nil {
			return Identity{}, fmt.Errorf("the partition: %w", err)
		}
		disk, err := ParseGUID(t.GUID)
		if err != nil {
			return Identity{}, fmt.Errorf("the disk: %w", err)
		}
		return GPTIdentity(partition, disk), nil
	}
	return Identity{}, errors.New("the disk has no partition table")
}
