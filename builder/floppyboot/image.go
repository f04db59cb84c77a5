package floppyboot

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Sizes of floppies in bytes.
const (
	Size1440 = 1440 << 10
	Size2880 = 2880 << 10
)

// Content is what goes onto a floppy. Names are 8.3, in capitals.
type Content struct {
	Size  int64
	Label string // at most 11 characters
	// Kernel (a bzImage) and Initrd are started by the loader of Assemble with Append as
	// the kernel's command line; without Kernel the boot loader is another, which knows
	// by itself what to do.
	Kernel, Initrd []byte
	Append         string
	// More are other files by name.
	More  map[string][]byte
	Epoch time.Time // of all files
}

// Layout, in sectors of 512 bytes.
const (
	sector     = 512
	ownLoader  = 4 // that of Assemble
	perCluster = 4 // the fewer clusters, the smaller the FATs
	rootSize   = 2 // 32 names
)

// Offsets in the boot loader: what it is told (params in boot.S).
const (
	paramsAt    = 516
	commandSize = 460
	commandAt   = 32  // in the params
	markAt      = 502 // in the second floppy's boot sector
	markSize    = 8
)

// MaxAppend is how long Content.Append may be.
const MaxAppend = commandSize - 1 // a zero ends it

// KernelFile and InitrdFile are the names of the files on the floppy.
const (
	KernelFile = "VMLINUZ"
	InitrdFile = "INITRD.XZ"
	// The two parts of it on a set.
	FirstPart, SecondPart = "INITRD.1", "INITRD.2"
)

// ErrFull is wrapped when it does not fit.
var ErrFull = errors.New("it does not fit onto the floppy")

// Room is how many bytes of whole clusters a floppy has for files.
func Room(size int64) int64 {
	clusters, _ := clustersOf(size, ownLoader)
	return clusters * perCluster * sector
}

// clustersOf returns the number of clusters and the sectors of one FAT.
func clustersOf(size, reserved int64) (clusters, fat int64) {
	for fat = 1; ; fat++ {
		clusters = (size/sector - reserved - rootSize - 2*fat) / perCluster
		if (clusters+2)*3 <= fat*sector*2 {
			return clusters, fat
		}
	}
}

// clustersFor is how many a file takes.
func clustersFor(content []byte) int64 {
	return (int64(len(content)) + perCluster*sector - 1) / (perCluster * sector)
}

// LabelAt is where the boot sector has the label, padded with spaces (BPB of DOS 4.0).
const LabelAt, labelSize = 43, 11

// SizeOf is how many bytes of a floppy a file takes.
func SizeOf(content []byte) int64 { return clustersFor(content) * perCluster * sector }

// geometry are the sectors of a track.
func geometry(size int64) (uint16, byte, error) {
	switch size {
	case Size1440:
		return 18, 0xf0, nil
	case Size2880:
		return 36, 0xf0, nil
	}
	return 0, 0, fmt.Errorf("floppy of %d bytes: want %d or %d", size, Size1440, Size2880)
}

// image is a floppy in the making.
type image struct {
	Content
	b         []byte
	reserved  int64 // sectors of the boot loader
	fat, data int64 // sectors of one FAT, first sector of the data
	next      int64 // cluster
	entries   int
}

// Build makes the image. What does not fit wraps ErrFull.
func Build(c Content, loader []byte) ([]byte, error) {
	track, media, err := geometry(c.Size)
	if err != nil {
		return nil, err
	}
	reserved := int64(len(loader)) / sector
	if len(loader)%sector != 0 || reserved == 0 || c.Kernel != nil && reserved != ownLoader || reserved*sector > c.Size/2 || len(c.Append) >= commandSize || len(c.Label) > 11 {
		return nil, fmt.Errorf("boot loader of %d bytes, command line of %d, label of %d: want whole sectors, %d with a kernel, less than %d, at most 11", len(loader), len(c.Append), len(c.Label), ownLoader*sector, commandSize)
	}
	clusters, _ := clustersOf(c.Size, reserved)
	need := int64(0)
	for _, f := range append([][]byte{c.Kernel, c.Initrd}, values(c.More)...) {
		need += clustersFor(f)
	}
	if need > clusters || len(c.More)+3 > rootSize*16 {
		return nil, fmt.Errorf("%w: %d bytes too much", ErrFull, (need-clusters)*perCluster*sector)
	}
	i := format(c, loader, track, media)
	if c.Kernel != nil {
		i.addKernel()
	}
	for _, name := range sorted(c.More) {
		i.add(name, c.More[name])
	}
	return i.b, nil
}

// format makes a floppy without files.
func format(c Content, loader []byte, track uint16, media byte) *image {
	i := &image{Content: c, b: make([]byte, c.Size), next: 2, reserved: int64(len(loader)) / sector}
	_, i.fat = clustersOf(c.Size, i.reserved)
	i.data = i.reserved + 2*i.fat + rootSize
	copy(i.b, loader)
	i.putBPB(track, media, uint16(i.fat))
	for n := range int64(2) {
		copy(i.b[(i.reserved+n*i.fat)*sector:], []byte{media, 0xff, 0xff})
	}
	i.entry(padded(c.Label, ""), 0x08, 0, 0)
	return i
}

// addKernel adds kernel and initramfs and tells the boot loader where they are.
func (i *image) addKernel() {
	kernel := i.add(KernelFile, i.Kernel)
	i.tell(kernel, i.add(InitrdFile, i.Initrd), len(i.Initrd))
}

// tell fills in the boot loader's params: first sectors, and how many bytes of the
// initramfs are on this floppy.
func (i *image) tell(kernel, initrd int64, first int) {
	p := i.b[paramsAt:]
	for n, v := range []uint32{uint32(kernel), uint32(len(i.Kernel)), uint32(initrd), uint32(len(i.Initrd)), uint32(first)} {
		binary.LittleEndian.PutUint32(p[4*n:], v)
	}
	copy(p[commandAt:], i.Append)
}

// putBPB describes the file system in the boot sector.
func (i *image) putBPB(track uint16, media byte, fat uint16) {
	le, b := binary.LittleEndian, i.b
	copy(b[3:], "BOOTMEND")
	le.PutUint16(b[11:], sector)
	b[13] = perCluster
	le.PutUint16(b[14:], uint16(i.reserved))
	b[16] = 2
	le.PutUint16(b[17:], rootSize*16)
	le.PutUint16(b[19:], uint16(i.Size/sector))
	b[21] = media
	le.PutUint16(b[22:], fat)
	le.PutUint16(b[24:], track)
	le.PutUint16(b[26:], 2)
	clear(b[28:38])
	b[38] = 0x29
	le.PutUint32(b[39:], uint32(i.Epoch.Unix()))
	copy(b[LabelAt:LabelAt+labelSize], padded(i.Label, ""))
	copy(b[54:62], "FAT12   ")
}

// add puts a file behind the last and returns its first sector.
func (i *image) add(name string, content []byte) int64 {
	first := i.next
	at := i.data + (first-2)*perCluster
	copy(i.b[at*sector:], content)
	n := clustersFor(content)
	for c := first; c < first+n; c++ {
		value := uint16(c + 1)
		if c == first+n-1 {
			value = 0xfff
		}
		i.link(c, value)
	}
	i.next += n
	base, ext, _ := strings.Cut(name, ".")
	if n == 0 {
		first = 0
	}
	i.entry(padded(base, ext), 0x20, uint16(first), uint32(len(content)))
	return at
}

// link sets an entry of both FATs.
func (i *image) link(cluster int64, value uint16) {
	for n := range int64(2) {
		b := i.b[(i.reserved+n*i.fat)*sector+cluster*3/2:]
		if cluster%2 == 0 {
			b[0], b[1] = byte(value), b[1]&0xf0|byte(value>>8)
		} else {
			b[0], b[1] = b[0]&0x0f|byte(value<<4), byte(value>>4)
		}
	}
}

// entry adds an entry to the root directory.
func (i *image) entry(name string, attribute byte, cluster uint16, size uint32) {
	le, t := binary.LittleEndian, i.Epoch.UTC()
	b := i.b[(i.reserved+2*i.fat)*sector+int64(i.entries)*32:]
	copy(b[:11], name)
	b[11] = attribute
	le.PutUint16(b[22:], uint16(t.Hour()<<11|t.Minute()<<5|t.Second()/2))
	le.PutUint16(b[24:], uint16((t.Year()-1980)<<9|int(t.Month())<<5|t.Day()))
	le.PutUint16(b[26:], cluster)
	le.PutUint32(b[28:], size)
	i.entries++
}

// padded is a name as it stands in a directory; without extension it may have 11
// characters, as labels have.
func padded(base, ext string) string {
	if ext == "" {
		return fmt.Sprintf("%-11s", base)
	}
	return fmt.Sprintf("%-8s%-3s", base, ext)
}

func sorted(m map[string][]byte) []string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func values(m map[string][]byte) (all [][]byte) {
	for _, name := range sorted(m) {
		all = append(all, m[name])
	}
	return all
}
