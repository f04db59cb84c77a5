package secondopinion

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/diskfs/go-diskfs/filesystem"
	"github.com/diskfs/go-diskfs/filesystem/fat12"
	"github.com/diskfs/go-diskfs/filesystem/fat16"
	"github.com/diskfs/go-diskfs/filesystem/fat32"
)

var le = binary.LittleEndian

// Errors of ReadFile that callers branch on.
var (
	// ErrTooLarge: the file is longer than was allowed.
	ErrTooLarge = errors.New("file is too large")
	// ErrPanic: the library panicked on what it read.
	ErrPanic = errors.New("go-diskfs panicked")
)

// geometry is what the view of the volume has to know.
type geometry struct {
	bits      int // 12, 16 or 32
	size      int64
	sector    int64
	cluster   int64 // bytes
	fatOffset int64
	fatBytes  int64
	fsInfo    int64 // byte offset, -1: none
	last      uint32
}

// readGeometry reads the BPB: the fields are those of Microsoft's FAT
// specification.
func readGeometry(b []byte) (g geometry, err error) {
	perCluster, reserved := int64(b[0x0d]), int64(le.Uint16(b[0x0e:]))
	g.sector, g.fsInfo = int64(le.Uint16(b[0x0b:])), -1
	total, perFAT := int64(le.Uint16(b[0x13:])), int64(le.Uint16(b[0x16:]))
	if total == 0 {
		total = int64(le.Uint32(b[0x20:]))
	}
	root := int64(le.Uint16(b[0x11:])) * 32
	if perFAT == 0 {
		g.bits, perFAT = 32, int64(le.Uint32(b[0x24:]))
		g.fsInfo = int64(le.Uint16(b[0x30:])) * g.sector
	}
	if g.sector < 512 || g.sector > 4096 || perCluster == 0 || b[0x10] != 2 || g.bits == 32 && le.Uint32(b[0x2c:]) != 2 {
		return g, fmt.Errorf("%d bytes per sector, %d sectors per cluster, %d FATs, or a root directory that go-diskfs does not find", g.sector, perCluster, b[0x10])
	}
	if flags := le.Uint16(b[0x28:]); g.bits == 32 && flags&0x80 != 0 && flags&0xf > 1 {
		return g, fmt.Errorf("active FAT %d", flags&0xf)
	}
	clusters := (total - reserved - 2*perFAT - (root+g.sector-1)/g.sector) / perCluster
	switch {
	case g.bits == 32:
	case clusters < 4085:
		g.bits = 12
	default:
		g.bits = 16
	}
	g.cluster = perCluster * g.sector
	g.size, g.fatOffset, g.fatBytes = total*g.sector, reserved*g.sector, perFAT*g.sector
	if clusters < 1 || g.fatBytes > maxFAT || g.fatBytes*8 < (clusters+2)*int64(g.bits) {
		return g, fmt.Errorf("FAT of %d bytes for %d clusters", g.fatBytes, clusters)
	}
	g.last = uint32(clusters + 1)
	return g, nil
}

// ReadFile reads the file at path (either separator) of the FAT volume that
// dev starts with. A file of more than max bytes is ErrTooLarge.
func ReadFile(dev io.ReaderAt, path string, max int64) ([]byte, error) {
	b := bytes.NewBuffer([]byte{})
	if err := CopyFile(b, dev, path, max); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// CopyFile is ReadFile for content that does not fit into memory: it goes to w
// in order. With an error a part of it may have gone there.
func CopyFile(w io.Writer, dev io.ReaderAt, path string, max int64) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: %w: %v", path, ErrPanic, p)
		}
	}()
	boot := make([]byte, 512)
	if n, err := dev.ReadAt(boot, 0); n < len(boot) {
		return fmt.Errorf("boot sector: %w", orShort(err))
	}
	geo, err := readGeometry(boot)
	if err != nil {
		return fmt.Errorf("boot sector: %w", err)
	}
	v := &view{dev: dev, geo: geo}
	if err := v.readFAT(boot); err != nil {
		return err
	}
	lib, err := v.open()
	if err != nil {
		return fmt.Errorf("go-diskfs: %w", err)
	}
	v.fat = nil
	err = v.copyAll(w, lib, path, max)
	if v.err != nil { // which the library may have dropped
		return fmt.Errorf("go-diskfs: %s: %w", path, v.err)
	}
	return err
}

// readFAT makes the copy of the FAT that the library may see.
func (v *view) readFAT(boot []byte) error {
	off := v.geo.fatOffset
	if flags := le.Uint16(boot[0x28:]); v.geo.bits == 32 && flags&0x80 != 0 {
		off += int64(flags&0xf) * v.geo.fatBytes
	}
	t := table{bits: v.geo.bits, b: make([]byte, v.geo.fatBytes)}
	if n, err := v.dev.ReadAt(t.b, off); n < len(t.b) {
		return fmt.Errorf("FAT at %#x: %w", off, orShort(err))
	}
	t.cutLoops(v.geo.last)
	if n := t.chainLength(2, v.geo.last) * v.geo.cluster; v.geo.bits == 32 && n > maxDirectory+v.geo.cluster {
		return fmt.Errorf("root directory of %d bytes", n)
	}
	v.fat = t.b
	return nil
}

// library is what is used of go-diskfs' file systems.
type library interface {
	OpenFile(path string, flag int) (filesystem.File, error)
}

func (v *view) open() (library, error) {
	switch v.geo.bits {
	case 12:
		return fat12.Read(v, v.geo.size, 0, 0)
	case 16:
		return fat16.Read(v, v.geo.size, 0, 0)
	}
	return fat32.Read(v, v.geo.size, 0, v.geo.sector)
}

// maxDirectory is the largest directory that FAT allows: 65,536 entries.
const maxDirectory = 65536 * 32

// find opens every directory on the path before the library reads it: the
// memory that it takes for one is bounded by nothing but its chain.
func (v *view) find(lib library, path string) (*fat12.File, error) {
	parts := strings.FieldsFunc(path, func(r rune) bool { return r == '\\' || r == '/' })
	var file *fat12.File
	for i := range parts {
		f, err := lib.OpenFile(strings.Join(parts[:i+1], "/"), os.O_RDONLY)
		if err != nil {
			return nil, err
		}
		var ok bool
		if file, ok = f.(*fat12.File); !ok {
			return nil, fmt.Errorf("library file of type %T", f)
		}
		if i == len(parts)-1 {
			break
		}
		chain, err := file.GetClusterChain()
		if err != nil {
			return nil, err
		}
		if n := int64(len(chain)) * v.geo.cluster; n > maxDirectory+v.geo.cluster {
			return nil, fmt.Errorf("%s: directory of %d bytes", parts[i], n)
		}
	}
	if file == nil {
		return nil, errors.New("is the root directory")
	}
	return file, nil
}

func (v *view) copyAll(w io.Writer, lib library, path string, max int64) error {
	f, err := v.find(lib, path)
	if err != nil {
		return fmt.Errorf("go-diskfs: %s: %w", path, err)
	}
	st, err := f.Stat()
	if err != nil {
		return fmt.Errorf("go-diskfs: %s: %w", path, err)
	}
	switch size := st.Size(); {
	case st.IsDir():
		return fmt.Errorf("go-diskfs: %s: is a directory", path)
	case size == 0:
		return nil // may have no cluster, which the library does not expect
	case size > max:
		return fmt.Errorf("go-diskfs: %s: %d bytes, at most %d are wanted: %w", path, size, max, ErrTooLarge)
	}
	if n, err := io.CopyN(w, struct{ io.Reader }{f}, st.Size()); err != nil {
		return fmt.Errorf("go-diskfs: %s: %d of %d bytes: %w", path, n, st.Size(), orShort(err))
	}
	return nil
}

func orShort(err error) error {
	if err == nil || err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
