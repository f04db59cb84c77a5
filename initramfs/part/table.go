package part

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Scheme is the kind of partition table.
type Scheme string

// The schemes that Windows starts from.
const (
	MBR  Scheme = "mbr"
	GPT  Scheme = "gpt"
	None Scheme = "none" // no table: the whole disk may be one volume
)

// Table is the partition table of a disk.
type Table struct {
	Scheme     Scheme
	Signature  uint32 // MBR disk signature (u32 at 0x1B8); 0 when absent
	GUID       string // GPT disk GUID, upper case; "" when absent
	Partitions []Partition
	Damage     []Damage

	// GPT: the first byte behind the primary entry array and that of the first
	// usable LBA, as the primary header says. Where it is damaged, the first byte
	// behind an array of the usual size, and 0.
	EntriesEnd  int64
	FirstUsable int64
}

// Partition is one entry of a table.
type Partition struct {
	// Number is the one of Linux: slot 1 to 4 (MBR primary), 5 and up
	// (logical), slot of the entry array (GPT), 0 (no table).
	Number int
	// NTNumber is the partition() number of ARC paths and of
	// \Device\HarddiskN\PartitionM, 0 for entries that Windows does not count.
	NTNumber int
	Range    block.Range // bytes on the disk
	Type     byte        // MBR system id
	TypeGUID string      // GPT, upper case
	GUID     string      // GPT unique partition GUID, upper case
	Name     string      // GPT
	Active   bool        // MBR boot flag 0x80
	Logical  bool        // inside an extended partition
	Entry    Entry       // MBR: the slot that says all this
}

// Damage is something in the table that contradicts itself or the disk.
type Damage struct {
	Kind     DamageKind
	Off      int64 // byte offset on the disk
	What     string
	Expected string
	Actual   string
}

// DamageKind tells damage that something is known of from the rest.
type DamageKind string

// The kinds; "" is everything else.
const (
	Overlap    DamageKind = "overlap"     // two partitions share bytes
	GPTPrimary DamageKind = "gpt-primary" // only the backup is sound
	GPTBackup  DamageKind = "gpt-backup"  // only the primary is sound
)

func (d Damage) String() string {
	return fmt.Sprintf("%s at byte %#x: expected %s, found %s", d.What, d.Off, d.Expected, d.Actual)
}

// MBR system ids and GPT type GUIDs that decide something.
// Source: testdisk src/common.h, ReactOS ntdddisk.h.
const (
	TypeExtended    = 0x05
	TypeExtendedLBA = 0x0F
	TypeDynamic     = 0x42 // LDM
	TypeProtective  = 0xEE
	TypeESP         = 0xEF

	GUIDESP         = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
	GUIDReserved    = "E3C9E316-0B5C-4DB8-817D-F92DF00215AE"
	GUIDBasicData   = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7"
	GUIDRecovery    = "DE94BBA4-06D1-4D40-A16A-BFD50179D6AC"
	GUIDDynamicMeta = "5808C8AA-7E8F-42E0-85D2-E1E90434CFB3"
	GUIDDynamicData = "AF9B60A0-1431-4F62-BC68-3311714A69AD"
	GUIDSpaces      = "E75CAF8F-F680-4CEE-AFA3-B001E56EFC2D"
)

// IsContainer reports whether an MBR entry of this type holds logical drives.
// Windows knows 05 and 0F only; 85 (Linux extended) is a plain partition to it.
func IsContainer(typ byte) bool { return typ == TypeExtended || typ == TypeExtendedLBA }

// IsESP reports whether the partition is an EFI system partition.
func (p Partition) IsESP() bool { return p.Type == TypeESP || p.TypeGUID == GUIDESP }

// IsDynamic reports whether the partition belongs to a dynamic disk or a
// storage pool, whose volumes are not where the table says.
func (p Partition) IsDynamic() bool {
	switch p.TypeGUID {
	case GUIDDynamicMeta, GUIDDynamicData, GUIDSpaces:
		return true
	}
	return p.Type == TypeDynamic || p.Type == 0xE7 || p.Type == 0xD7
}

// MayHoldNTFS reports whether the partition is of a type in which Windows keeps
// NTFS: 07, hidden 17, recovery 27, basic data and recovery of GPT.
func (p Partition) MayHoldNTFS() bool {
	switch p.TypeGUID {
	case GUIDBasicData, GUIDRecovery:
		return true
	case "":
		return p.Type == 0x07 || p.Type == 0x17 || p.Type == 0x27
	}
	return false
}

// TypeName gives the type for people: "0x07" or the GUID.
func (p Partition) TypeName() string {
	if p.TypeGUID != "" {
		return p.TypeGUID
	}
	return fmt.Sprintf("0x%02X", p.Type)
}
