package fat

import (
	"time"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// entrySize is the size of a slot of a directory.
const entrySize = 32

// First bytes of a slot that have a meaning.
const (
	slotEnd     = 0x00 // free, and so are all that follow
	slotDeleted = 0xe5
	slotIsE5    = 0x05 // stands for a name that starts with E5
)

// Attributes that are not those of a file.
const (
	attrLabel    = 0x08
	attrLong     = 0x0f // with attrLongMask: a piece of a long name
	attrLongMask = 0x3f
)

// changeable are the attributes that SetAttributes replaces.
const changeable = fs.AttrReadOnly | fs.AttrHidden | fs.AttrSystem | fs.AttrArchive

// Bits of the byte at 0C by which Windows NT says that the base or the
// extension of an 8.3 name is to be shown in lower case.
const (
	lowerBase = 0x08
	lowerExt  = 0x10
)

// entry is a view of an 8.3 entry.
type entry []byte

func (e entry) attr() byte    { return e[0x0b] }
func (e entry) isDir() bool   { return e.attr()&0x10 != 0 }
func (e entry) isLabel() bool { return e.attr()&attrLabel != 0 }
func (e entry) isLong() bool  { return e.attr()&attrLongMask == attrLong }
func (e entry) size() int64   { return int64(le.Uint32(e[0x1c:])) }

func (e entry) setSize(n int64) { le.PutUint32(e[0x1c:], uint32(n)) }

// cluster is the first cluster. On FAT12/16 the word at 14 belongs to the
// extended attributes of OS/2.
func (e entry) cluster(kind fs.Kind) Cluster {
	c := Cluster(le.Uint16(e[0x1a:]))
	if kind == fs.FAT32 {
		c |= Cluster(le.Uint16(e[0x14:])) << 16
	}
	return c
}

func (e entry) setCluster(kind fs.Kind, c Cluster) {
	le.PutUint16(e[0x1a:], uint16(c))
	if kind == fs.FAT32 {
		le.PutUint16(e[0x14:], uint16(c>>16))
	}
}

// raw is the 8.3 name, with E5 for 05.
func (e entry) raw() (name [11]byte) {
	copy(name[:], e)
	if name[0] == slotIsE5 {
		name[0] = slotDeleted
	}
	return name
}

func (e entry) setRaw(name [11]byte) {
	copy(e, name[:])
	if name[0] == slotDeleted {
		e[0] = slotIsE5
	}
}

// isDot tells "." and "..".
func (e entry) isDot() bool {
	return string(e[:11]) == ".          " || string(e[:11]) == "..         "
}

// checksum of the 8.3 name as it lies on disk, which every piece of its long
// name repeats.
func (e entry) checksum() (sum byte) {
	for _, c := range e[:11] {
		sum = sum<<7 + sum>>1 + c
	}
	return sum
}

// modified is the time of the last write: a local time of an unknown zone,
// given as UTC. Zero when there is none.
func (e entry) modified() time.Time {
	d, t := le.Uint16(e[0x18:]), le.Uint16(e[0x16:])
	if d == 0 {
		return time.Time{}
	}
	return time.Date(1980+int(d>>9), time.Month(d>>5&15), int(d&31), int(t>>11), int(t>>5&63), 2*int(t&31), 0, time.UTC)
}

// dosTime gives date, time and hundredths of a second of an odd second.
func dosTime(t time.Time) (date, tod uint16, hundredths byte) {
	switch y := t.Year(); {
	case y < 1980:
		return 1<<5 | 1, 0, 0
	case y > 2107:
		return 127<<9 | 12<<5 | 31, 23<<11 | 59<<5 | 29, 199
	}
	date = uint16(t.Year()-1980)<<9 | uint16(t.Month())<<5 | uint16(t.Day())
	tod = uint16(t.Hour())<<11 | uint16(t.Minute())<<5 | uint16(t.Second()/2)
	return date, tod, byte(t.Second()%2*100 + t.Nanosecond()/10_000_000)
}

// setWritten sets the time of the last write and the day of the last access.
func (e entry) setWritten(t time.Time) {
	date, tod, _ := dosTime(t)
	le.PutUint16(e[0x16:], tod)
	le.PutUint16(e[0x18:], date)
	le.PutUint16(e[0x12:], date)
}

// setCreated sets all times.
func (e entry) setCreated(t time.Time) {
	date, tod, hundredths := dosTime(t)
	e[0x0d] = hundredths
	le.PutUint16(e[0x0e:], tod)
	le.PutUint16(e[0x10:], date)
	e.setWritten(t)
}
