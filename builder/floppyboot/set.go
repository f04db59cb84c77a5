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

// Parts are those of the initramfs on the floppies of a set. It wraps ErrFull when there is
// no room for the first, or nothing is left for the second.
func (c Content) Parts() (first, second []byte, err error) {
	left := Room(c.Size) - SizeOf(c.Kernel)
	if left < perCluster*sector || int64(len(c.Initrd)) <= left {
		return nil, nil, fmt.Errorf("%w: the first floppy has %d bytes of room beside the kernel, and the initramfs has %d: it must have more, which go onto the second", ErrFull, left, len(c.Initrd))
	}
	return c.Initrd[:left], c.Initrd[left:], nil
}

// BuildSet makes two floppies of c.Size each, for drives that know no larger ones. The
// first has the kernel and as much of the initramfs as fits, the second the rest and
// c.More; room that is left is on the second, which stays in the drive. The loader knows the second
// by a mark that is made of what is on both. What does not fit wraps ErrFull.
func BuildSet(c Content, l Loaders) (first, second []byte, err error) {
	track, media, err := geometry(c.Size)
	if err != nil {
		return nil, nil, err
	}
	if len(l.First) != ownLoader*sector || len(l.Second) != sector || c.Kernel == nil || len(c.Append) >= commandSize || len(c.Label) > 11 {
		return nil, nil, fmt.Errorf("boot loaders of %d and %d bytes, command line of %d, label of %d: want %d and %d, less than %d, at most 11",
			len(l.First), len(l.Second), len(c.Append), len(c.Label), ownLoader*sector, sector, commandSize)
	}
	start, rest, err := c.Parts()
	if err != nil {
		return nil, nil, err
	}
	need := clustersFor(rest)
	for _, f := range values(c.More) {
		need += clustersFor(f)
	}
	if has, _ := clustersOf(c.Size, 1); need > has || len(c.More)+2 > rootSize*16 {
		return nil, nil, fmt.Errorf("%w: %d bytes too much", ErrFull, (need-has)*perCluster*sector)
	}
	one, two := format(c, l.First, track, media), format(c, l.Second, track, media)
	kernel := one.add(KernelFile, c.Kernel)
	one.tell(kernel, one.add(FirstPart, start), len(start))
	binary.LittleEndian.PutUint32(one.b[paramsAt+20:], uint32(two.add(SecondPart, rest)))
	for _, name := range sorted(c.More) {
		two.add(name, c.More[name])
	}
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
