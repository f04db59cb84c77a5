package secondopinion

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"www.velocidex.com/golang/go-ntfs/parser"
)

// Errors of ReadFile that callers branch on.
var (
	// ErrTooLarge: the file is longer than was allowed.
	ErrTooLarge = errors.New("file is too large")
	// ErrPanic: the library panicked on what it read.
	ErrPanic = errors.New("go-ntfs panicked")
)

// Cache of pages between the library, which reads field by field, and the
// device: 2 MiB.
const (
	pageSize = 4096
	pages    = 512
)

// maxChunk is how much is read in one call.
const maxChunk = 1 << 20

// ReadFile reads the unnamed data of the file at path (either separator) of
// the NTFS volume that dev starts with. A file of more than max bytes is
// ErrTooLarge. Compressed data comes out uncompressed.
func ReadFile(dev io.ReaderAt, path string, max int64) ([]byte, error) {
	var b bytes.Buffer
	if err := CopyFile(&b, dev, path, max); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// CopyFile is ReadFile for content that does not fit into memory: it goes to w
// in order. With an error a part of it may have gone there.
func CopyFile(w io.Writer, dev io.ReaderAt, path string, max int64) (err error) {
	disk := &remembering{ReaderAt: dev}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: %w: %v", path, ErrPanic, p)
		}
		if err != nil && disk.err != nil && !errors.Is(err, disk.err) {
			err = fmt.Errorf("%w (after a read error: %w)", err, disk.err)
		}
	}()
	ctx, err := open(disk)
	if err != nil {
		return err
	}
	size, err := fileSize(ctx, path)
	if err != nil {
		return fmt.Errorf("go-ntfs: %s: %w", path, err)
	}
	if size > max {
		return fmt.Errorf("go-ntfs: %s: %d bytes, at most %d are wanted: %w", path, size, max, ErrTooLarge)
	}
	r, err := parser.GetDataForPath(ctx, path)
	if err != nil {
		return fmt.Errorf("go-ntfs: %s: %w", path, err)
	}
	buf := make([]byte, min(size, maxChunk))
	for off := int64(0); off < size; {
		n, err := r.ReadAt(buf[:min(size-off, maxChunk)], off)
		if n <= 0 {
			return fmt.Errorf("go-ntfs: %s: at %d of %d: %w", path, off, size, orShort(err))
		}
		if _, err := w.Write(buf[:n]); err != nil {
			return err
		}
		off += int64(n)
	}
	return nil
}

// remembering keeps the first error of the device: the library goes on with
// what it has and complains of that.
type remembering struct {
	io.ReaderAt
	err error
}

func (r *remembering) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.ReaderAt.ReadAt(p, off)
	if err != nil && err != io.EOF && r.err == nil {
		r.err = err
	}
	return n, err
}

func orShort(err error) error {
	if err == nil || err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// fileSize takes the size from the attribute: the reader of the library does
// not know where a file ends inside its last cluster.
func fileSize(ctx *parser.NTFSContext, path string) (int64, error) {
	root, err := ctx.GetMFT(5)
	if err != nil {
		return 0, err
	}
	entry, err := root.Open(ctx, path)
	if err != nil {
		return 0, err
	}
	for _, a := range entry.EnumerateAttributes(ctx) {
		if a.Type().Value == parser.ATTR_TYPE_DATA && a.Name() == "" && (a.IsResident() || a.Runlist_vcn_start() == 0) {
			if n := a.DataSize(); n >= 0 {
				return n, nil
			}
		}
	}
	return 0, errors.New("no unnamed data")
}

// open makes a context of the library. The geometry is decoded here, because
// the library's own check refuses sound volumes.
func open(dev io.ReaderAt) (*parser.NTFSContext, error) {
	boot := make([]byte, 512)
	if n, err := dev.ReadAt(boot, 0); n < len(boot) {
		return nil, fmt.Errorf("boot sector: %w", orShort(err))
	}
	sector, perCluster := int64(binary.LittleEndian.Uint16(boot[0x0b:])), int64(boot[0x0d])
	if string(boot[3:11]) != "NTFS    " || sector < 256 || perCluster == 0 {
		return nil, fmt.Errorf("boot sector: not NTFS, or %d bytes per sector, %d sectors per cluster", sector, perCluster)
	}
	if perCluster > 128 {
		perCluster = 1 << (256 - perCluster)
	}
	cluster := sector * perCluster
	if cluster > 2<<20 {
		return nil, fmt.Errorf("boot sector: clusters of %d bytes", cluster)
	}
	pagedDev, err := parser.NewPagedReader(dev, pageSize, pages)
	if err != nil {
		return nil, err
	}
	// The library multiplies the two fields where it looks for $MFT, and
	// nothing else: show it a pair that it can multiply.
	binary.LittleEndian.PutUint16(boot[0x0b:], uint16(min(cluster, 1<<15)))
	boot[0x0d] = byte(max(1, cluster>>15))
	ctx := parser.GetNTFSContextFromRawMFT(nil, cluster, 0)
	ctx.DiskReader = pagedDev
	ctx.Boot = &parser.NTFS_BOOT_SECTOR{Reader: bootReader(boot), Profile: ctx.Profile}
	if ctx.Boot.RecordSize() < 512 || ctx.Boot.RecordSize() > 64<<10 {
		return nil, fmt.Errorf("boot sector: MFT records of %d bytes", ctx.Boot.RecordSize())
	}
	ctx.MFTReader = nil
	if ctx.MFTReader, err = parser.BootstrapMFT(ctx); err != nil {
		return nil, fmt.Errorf("go-ntfs: $MFT: %w", err)
	}
	return ctx, nil
}

// bootReader is the boot sector that the library sees.
type bootReader []byte

func (b bootReader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= int64(len(b)) {
		return 0, io.EOF
	}
	n := copy(p, b[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}
