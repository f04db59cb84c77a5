package fat

import (
	"fmt"
	"strings"
	"time"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// Format describes a new, empty volume with sectors of 512 bytes and two FATs. The
// numbers are those that Windows and dosfstools choose: FAT12 on floppies, else
// FAT16 below 512 MiB unless Kind says FAT32.
//
// Source: Microsoft's FAT specification (fatgen103), FAT volume initialization.
type Format struct {
	Size   int64   // bytes of the volume, whole sectors
	Kind   fs.Kind // FAT12, FAT16, FAT32
	Label  string  // at most 11 characters of ASCII; "" for none
	Serial uint32
	Hidden uint32    // sectors before the partition
	Time   time.Time // of the label
}

const (
	formatSector   = 512
	wideReserved   = 32 // sectors before the first FAT of FAT32
	wideInfo       = 1
	wideBackup     = 6
	labelAttribute = 0x08
	fixedDisk      = 0xf8
	removable      = 0xf0
	floppyLimit    = 2880 << 10
)

// layout of a volume, in sectors.
type layout struct {
	total, reserved, fat, root int64
	perCluster                 int64
	clusters                   int64
}

func (l layout) data() int64 { return l.reserved + 2*l.fat + l.root }

// Area is a part of what a new volume starts with.
type Area struct {
	What string // for people
	Off  int64  // bytes from the start of the volume
	Data []byte
}

// Head is what the volume starts with, in one piece: all Areas.
func (f Format) Head() ([]byte, error) {
	areas, err := f.Areas()
	var head []byte
	for _, a := range areas {
		head = append(head, a.Data...)
	}
	return head, err
}

// Areas returns what the volume starts with: boot sector, FSInfo and their copies,
// both FATs and the root directory, one behind the other. What lies behind them is
// free space and may be anything. The boot sector holds no code but a loop that never
// ends: nothing starts from this volume by BIOS.
func (f Format) Areas() ([]Area, error) {
	l, err := f.layout()
	if err != nil {
		return nil, err
	}
	reserved, table, root := make([]byte, l.reserved*formatSector), make([]byte, l.fat*formatSector), make([]byte, l.root*formatSector)
	f.putBoot(reserved, l)
	if f.Kind == fs.FAT32 {
		root = make([]byte, l.perCluster*formatSector) // the first cluster
		f.putInfo(reserved[wideInfo*formatSector:], l)
		copy(reserved[wideBackup*formatSector:], reserved[:2*formatSector])
	}
	f.putFAT(table, reserved[0x15])
	if f.Label != "" {
		f.putLabel(root)
	}
	var all []Area
	off := int64(0)
	for _, a := range []Area{{What: "boot sector and reserved sectors", Data: reserved}, {What: "table", Data: table}, {What: "second table", Data: table}, {What: "root directory", Data: root}} {
		a.What, a.Off = fmt.Sprintf("%s of a new %s", a.What, strings.ToUpper(string(f.Kind))), off
		off += int64(len(a.Data))
		all = append(all, a)
	}
	return all, nil
}

func (f Format) putLabel(entry []byte) {
	copy(entry, fmt.Sprintf("%-11s", strings.ToUpper(f.Label)))
	entry[11] = labelAttribute
	if !f.Time.IsZero() {
		date, tod, _ := dosTime(f.Time)
		le.PutUint16(entry[22:], tod)
		le.PutUint16(entry[24:], date)
	}
}

// layout chooses clusters and FATs and checks that the number of clusters gives
// the wanted kind with room to spare: drivers disagree near the limits.
func (f Format) layout() (layout, error) {
	if f.Size <= 0 || f.Size%formatSector != 0 || f.Size/formatSector > 1<<32-1 {
		return layout{}, fmt.Errorf("format: %d bytes are not a number of sectors from 1 to 2^32-1: %w", f.Size, fs.ErrUnsupported)
	}
	if len(f.Label) > 11 || strings.ContainsFunc(f.Label, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`"*+,./:;<=>?[\]|`, r) }) {
		return layout{}, fmt.Errorf("format: label %q: %w", f.Label, fs.ErrInvalidName)
	}
	l := layout{total: f.Size / formatSector, reserved: 1, root: 32, perCluster: f.perCluster()}
	bits, least, most := int64(0), int64(1), int64(0)
	switch f.Kind {
	case fs.FAT12:
		bits, most = 12, minFAT16-16
		l.root = 14 // 224 entries, as on every floppy
		if f.Size > 2<<20 {
			l.root = 15 // 240
		}
	case fs.FAT16:
		bits, least, most = 16, minFAT16+16, minFAT32-16
	case fs.FAT32:
		bits, least, most = 32, minFAT32+16, maxClusters-2
		l.reserved, l.root = wideReserved, 0
	default:
		return layout{}, fmt.Errorf("format: %q: %w", f.Kind, fs.ErrUnsupported)
	}
	for { // the FAT takes room from the clusters it counts
		l.clusters = (l.total - l.data()) / l.perCluster
		need := ((l.clusters+2)*bits/8 + formatSector) / formatSector
		if l.clusters > most && l.perCluster < 64 {
			l.perCluster *= 2
			continue
		}
		if l.clusters < least || l.clusters > most {
			return layout{}, fmt.Errorf("format: %d clusters of %d sectors make no %s: %w", l.clusters, l.perCluster, f.Kind, fs.ErrUnsupported)
		}
		if l.fat >= need {
			return l, nil
		}
		l.fat++
	}
}

// perCluster are the sectors of a cluster: as Windows' format has them.
func (f Format) perCluster() int64 {
	const mib = 1 << 20
	steps := map[fs.Kind][]int64{ // the size up to which 1, 2, 4 … sectors do
		fs.FAT12: {1440 << 10, 4 * mib, 8 * mib, 16 * mib, 32 * mib},
		fs.FAT16: {16 * mib, 32 * mib, 128 * mib, 256 * mib, 512 * mib, 1024 * mib},
		fs.FAT32: {260 * mib, 260 * mib, 260 * mib, 8192 * mib, 16384 * mib, 32768 * mib},
	}[f.Kind]
	for i, limit := range steps {
		if f.Size <= limit {
			return 1 << i
		}
	}
	return 64
}

func (f Format) putBoot(b []byte, l layout) {
	copy(b, "\xeb\x3c\x90MSDOS5.0")
	le.PutUint16(b[0x0b:], formatSector)
	b[0x0d] = byte(l.perCluster)
	le.PutUint16(b[0x0e:], uint16(l.reserved))
	b[0x10] = 2
	le.PutUint16(b[0x11:], uint16(l.root*formatSector/32))
	if l.total < 1<<16 {
		le.PutUint16(b[0x13:], uint16(l.total))
	} else {
		le.PutUint32(b[0x20:], uint32(l.total))
	}
	track, heads := uint16(63), uint16(255)
	b[0x15] = fixedDisk
	if f.Kind == fs.FAT12 && f.Size <= floppyLimit {
		b[0x15], track, heads = removable, 18, 2
		if f.Size > 1440<<10 {
			track = 36
		}
	}
	le.PutUint16(b[0x18:], track)
	le.PutUint16(b[0x1a:], heads)
	le.PutUint32(b[0x1c:], f.Hidden)
	extended, text := 0x24, "FAT12   "
	if f.Kind == fs.FAT16 {
		text = "FAT16   "
	}
	if f.Kind == fs.FAT32 {
		extended, text = 0x40, "FAT32   "
		b[1] = 0x58
		le.PutUint32(b[0x24:], uint32(l.fat))
		le.PutUint32(b[0x2c:], 2)
		le.PutUint16(b[0x30:], wideInfo)
		le.PutUint16(b[0x32:], wideBackup)
	} else {
		le.PutUint16(b[0x16:], uint16(l.fat))
	}
	if b[0x15] == fixedDisk {
		b[extended] = 0x80
	}
	b[extended+2] = 0x29
	le.PutUint32(b[extended+3:], f.Serial)
	label := f.Label
	if label == "" {
		label = "NO NAME"
	}
	copy(b[extended+7:], fmt.Sprintf("%-11s", strings.ToUpper(label)))
	copy(b[extended+18:], text)
	copy(b[extended+26:], "\xf4\xeb\xfd") // hlt; jmp to it
	b[510], b[511] = 0x55, 0xaa
}

// putFAT writes the two entries that every FAT has, and the root directory's.
func (f Format) putFAT(b []byte, media byte) {
	switch f.Kind {
	case fs.FAT12:
		b[0], b[1], b[2] = media, 0xff, 0xff
	case fs.FAT16:
		le.PutUint16(b, 0xff00|uint16(media))
		le.PutUint16(b[2:], 0xffff)
	case fs.FAT32:
		le.PutUint32(b, 0x0fffff00|uint32(media))
		le.PutUint32(b[4:], 0x0fffffff)
		le.PutUint32(b[8:], 0x0fffffff)
	}
}

// putInfo writes FSInfo.
func (f Format) putInfo(b []byte, l layout) {
	le.PutUint32(b, 0x41615252)
	le.PutUint32(b[484:], 0x61417272)
	le.PutUint32(b[488:], uint32(l.clusters-1))
	le.PutUint32(b[492:], 3)
	le.PutUint32(b[508:], 0xaa550000)
}
