package ramfs

import (
	"fmt"
	"io"
	"time"

	"github.com/cavaliergopher/cpio"
	"github.com/klauspost/compress/zstd"
	ucpio "github.com/u-root/u-root/pkg/cpio"
)

// zstdWindow is the largest window that the kernel's decompressor accepts for
// an initramfs (ZSTD_WINDOWSIZE_MAX in lib/decompress_unzstd.c).
const zstdWindow = 8 << 20

// WriteZstd writes the compressed archive of the entries, all with the time
// mtime, which must lie within 1970 … 2106.
func WriteZstd(w io.Writer, entries []Entry, mtime time.Time) error {
	// One worker: the bytes must not depend on the number of processors.
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression),
		zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(zstdWindow))
	if err != nil {
		return err
	}
	if err := Write(z, entries, mtime); err != nil {
		return err
	}
	return z.Close()
}

// Write writes the archive uncompressed. Directories must come before what is
// in them; Parents sees to that.
func Write(w io.Writer, entries []Entry, mtime time.Time) error {
	if err := writeDevices(w, entries, mtime); err != nil {
		return err
	}
	return writeOthers(w, entries, mtime)
}

// writeDevices writes the device nodes and the directories above them: the
// second archive's entry for such a directory does no harm.
func writeDevices(w io.Writer, entries []Entry, mtime time.Time) error {
	above := map[string]bool{}
	for _, e := range entries {
		for i, c := range e.Name {
			if e.Kind == Device && c == '/' {
				above[e.Name[:i]] = true
			}
		}
	}
	out := ucpio.Newc.Writer(w)
	ino := uint64(0)
	for _, e := range entries {
		var r ucpio.Record
		switch {
		case e.Kind == Device:
			r = ucpio.CharDev(e.Name, uint64(e.Perm), uint64(e.Major), uint64(e.Minor))
		case e.Kind == Dir && above[e.Name]:
			r = ucpio.Directory(e.Name, uint64(e.Perm))
		default:
			continue
		}
		ino++
		r.Ino, r.MTime, r.NLink = ino, uint64(mtime.Unix()), 1
		if err := out.WriteRecord(r); err != nil {
			return fmt.Errorf("initramfs: %s: %w", e.Name, err)
		}
	}
	return ucpio.WriteTrailer(out)
}

func writeOthers(w io.Writer, entries []Entry, mtime time.Time) error {
	out := cpio.NewWriter(w)
	ino := int64(1 << 16) // apart from the first archive's
	for _, e := range entries {
		if e.Kind == Device {
			continue
		}
		ino++
		h := &cpio.Header{Name: e.Name, Mode: cpio.FileMode(e.Perm), Inode: ino, ModTime: mtime, Links: 1}
		content := e.Content
		switch e.Kind {
		case Dir:
			h.Mode |= cpio.TypeDir
			h.Links = 2
		case Link:
			// The library writes no Linkname: a link's content is its target.
			h.Mode |= cpio.TypeSymlink
			content = []byte(e.Target)
		default:
			h.Mode |= cpio.TypeReg
		}
		h.Size = int64(len(content))
		if err := out.WriteHeader(h); err != nil {
			return fmt.Errorf("initramfs: %s: %w", e.Name, err)
		}
		if _, err := out.Write(content); err != nil {
			return fmt.Errorf("initramfs: %s: %w", e.Name, err)
		}
	}
	return out.Close()
}
