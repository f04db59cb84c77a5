package journal

import "encoding/binary"

// Class says when a change is written: all of one class, then a flush, then
// the next.
type Class uint8

// The classes in the order in which they are written; those of allocation are written
// twice, see Bitmap.
const (
	Data     Class = 1 // content of files
	Metadata Class = 2 // what leads to it: records, indexes
	Boot     Class = 3 // boot sectors, MBR, partition tables

	// What says which clusters and records are in use is first brought to a state in
	// which all is in use that is so before or after, and to its end when all that
	// refers to it is written. So whatever a cut leaves, nothing that a record refers to
	// looks free to another system.
	Bitmap Class = 4 // a bit for each, 1: in use
	FAT16  Class = 5 // 16 bits for each, 0: free
	FAT32  Class = 6 // 32 bits for each, of which the low 28 are 0: free
)

func (c Class) allocates() bool { return c >= Bitmap && c <= FAT32 }

func (c Class) valid() bool { return c >= Data && c <= FAT32 }

// both is the state of a sector of an allocation class in between.
func (c Class) both(after, before []byte) []byte {
	p := append([]byte(nil), after...)
	switch c {
	case Bitmap:
		for i := range p {
			p[i] |= before[i]
		}
	case FAT16:
		for i := 0; i+2 <= len(p); i += 2 {
			if p[i] == 0 && p[i+1] == 0 {
				copy(p[i:i+2], before[i:])
			}
		}
	case FAT32:
		for i := 0; i+4 <= len(p); i += 4 {
			if binary.LittleEndian.Uint32(p[i:])<<4 == 0 {
				copy(p[i:i+4], before[i:])
			}
		}
	}
	return p
}

// phase is what is written between two flushes.
type phase struct {
	is func(Class) bool
	// between: allocation is brought to its state in between.
	between bool
}

func only(c Class) phase { return phase{is: func(x Class) bool { return x == c }} }

// phases is the order of the classes on the way to goal.
func phases(goal Outcome) []phase {
	between, end := phase{is: Class.allocates, between: true}, phase{is: Class.allocates}
	if goal == Before {
		return []phase{only(Boot), between, only(Metadata), only(Data), end}
	}
	return []phase{only(Data), between, only(Metadata), only(Boot), end}
}
