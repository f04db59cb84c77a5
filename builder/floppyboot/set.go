package floppyboot

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// Loaders are what stands in front of the file systems of a set: what Assemble and
// AssembleSecond return.
type Loaders struct{ First, Second []byte }

// RoomOfSet is how many bytes of whole clusters the two floppies of a set have for files.
func RoomOfSet(size int64) int64 {
	second, _ := clustersOf(size, 1)
	return Room(size) + second*perCluster*sector
}

// BuildSet makes two floppies of c.Size each, for drives that know no larger ones. The
// first has the kernel and as much of the initramfs as fits, the second the rest; room
// that is left is on the second, which stays in the drive. The loader knows the second
// by a mark that is made of what is on both. What does not fit wraps ErrFull.
func BuildSet(c Content, l Loaders) (first, second []byte, err error) {
	track, media, err := geometry(c.Size)
	if err != nil {
		return nil, nil, err
	}
	if len(l.First) != ownLoader*sector || len(l.Second) != sector || c.Kernel == nil || len(c.More) > 0 || len(c.Append) >= commandSize || len(c.Label) > 11 {
		return nil, nil, fmt.Errorf("boot loaders of %d and %d bytes, %d other files, command line of %d, label of %d: want %d and %d, none, less than %d, at most 11",
			len(l.First), len(l.Second), len(c.More), len(c.Append), len(c.Label), ownLoader*sector, sector, commandSize)
	}
	const cluster = perCluster * sector
	left := Room(c.Size) - (int64(len(c.Kernel))+cluster-1)/cluster*cluster
	if left < cluster || int64(len(c.Initrd)) <= left {
		return nil, nil, fmt.Errorf("%w: the first floppy has %d bytes of room beside the kernel, and the initramfs has %d: it must have more, which go onto the second", ErrFull, left, len(c.Initrd))
	}
	if over := int64(len(c.Initrd)) - left - (RoomOfSet(c.Size) - Room(c.Size)); over > 0 {
		return nil, nil, fmt.Errorf("%w: %d bytes too much", ErrFull, over)
	}
	one, two := format(c, l.First, track, media), format(c, l.Second, track, media)
	kernel := one.add(KernelFile, c.Kernel)
	one.tell(kernel, one.add(FirstPart, c.Initrd[:left]), int(left))
	rest := two.add(SecondPart, c.Initrd[left:])
	binary.LittleEndian.PutUint32(one.b[paramsAt+20:], uint32(rest))
	mark := markOf(c)
	copy(one.b[paramsAt+24:], mark)
	copy(two.b[markAt:], mark)
	return one.b, two.b, nil
}

// markOf tells a set from others.
func markOf(c Content) []byte {
	sum := sha256.New()
	for _, part := range [][]byte{c.Kernel, c.Initrd} {
		_ = binary.Write(sum, binary.LittleEndian, int64(len(part))) // a hash fails never
		sum.Write(part)
	}
	return sum.Sum(nil)[:markSize]
}
