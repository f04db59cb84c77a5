package sparse

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// chunk is the unit in which data is read and in which zeros are recognised.
const chunk = 64 << 10

// CopyFile makes dst a copy of src. dst is created or replaced; blocks of
// zeros become holes.
func CopyFile(dst, src string) error {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	st, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.Create(dst)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := out.Truncate(st.Size()); err != nil {
		return err
	}
	if err := CopyRange(out, 0, in, 0, st.Size()); err != nil {
		return err
	}
	return out.Close()
}

// Write makes dst hold what in gives. dst is created or replaced; blocks of
// zeros become holes.
func Write(dst string, in io.Reader) error {
	out, err := os.Create(dst)
	if err != nil {
		return err
	}
	defer out.Close()
	buf, zero := make([]byte, chunk), make([]byte, chunk)
	for size := int64(0); ; {
		n, err := io.ReadFull(in, buf)
		if string(buf[:n]) != string(zero[:n]) {
			if _, err := out.WriteAt(buf[:n], size); err != nil {
				return err
			}
		}
		size += int64(n)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return errors.Join(out.Truncate(size), out.Close())
		}
		if err != nil {
			return err
		}
	}
}

// CopyRange copies the n bytes of in from inOff to out at outOff. Blocks of
// zeros are skipped: the range of out must read as zeros beforehand.
func CopyRange(out *os.File, outOff int64, in *os.File, inOff, n int64) error {
	return blocks(in, inOff, n, func(off int64, p []byte) error {
		_, err := out.WriteAt(p, outOff+off-inOff)
		return err
	})
}

// Extract writes the n bytes of the image at off to a file of their own.
func Extract(dst, image string, off, n int64) error {
	in, err := os.Open(image)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(dst)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := out.Truncate(n); err != nil {
		return err
	}
	if err := CopyRange(out, 0, in, off, n); err != nil {
		return err
	}
	return out.Close()
}

// Replace writes the file src over the image at off, zeros included. The
// image keeps its size: src must fit.
func Replace(image string, off int64, src string) error {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer in.Close()
	st, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(image, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer out.Close()
	ist, err := out.Stat()
	if err != nil {
		return err
	}
	if off < 0 || st.Size() > ist.Size()-off {
		return fmt.Errorf("%s: %d bytes at %d do not fit into %d", image, st.Size(), off, ist.Size())
	}
	mode := uint32(unix.FALLOC_FL_PUNCH_HOLE | unix.FALLOC_FL_KEEP_SIZE)
	if err := unix.Fallocate(int(out.Fd()), mode, off, st.Size()); err != nil {
		return fmt.Errorf("%s: punch hole: %w", image, err)
	}
	if err := CopyRange(out, off, in, 0, st.Size()); err != nil {
		return err
	}
	return out.Close()
}

// Hash is the SHA-256 of the size of a file and of its blocks that are not
// zero, each with its position. It depends on the content alone, not on where
// the holes are: two files have the same Hash when they are byte for byte the
// same. It is not the plain SHA-256 of the file, which would mean hashing
// gigabytes of zeros.
func Hash(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	number := func(n int64) { _ = binary.Write(h, binary.LittleEndian, n) }
	number(size)
	err = blocks(f, 0, size, func(off int64, p []byte) error {
		number(off)
		h.Write(p)
		return nil
	})
	return hex.EncodeToString(h.Sum(nil)), err
}

// Diff lists the first max blocks of 512 bytes, as byte offsets, in which two
// files of the same size differ.
func Diff(a, b string, max int) ([]int64, error) {
	fa, err := os.Open(a)
	if err != nil {
		return nil, err
	}
	defer fa.Close()
	fb, err := os.Open(b)
	if err != nil {
		return nil, err
	}
	defer fb.Close()
	seen := map[int64]bool{}
	var out []int64
	compare := func(other *os.File) func(int64, []byte) error {
		buf := make([]byte, chunk)
		return func(off int64, p []byte) error {
			if _, err := other.ReadAt(buf[:len(p)], off); err != nil {
				return err
			}
			for i := 0; i < len(p); i += 512 {
				j := min(i+512, len(p))
				if string(p[i:j]) != string(buf[i:j]) && !seen[off+int64(i)] && len(out) < max {
					seen[off+int64(i)] = true
					out = append(out, off+int64(i))
				}
			}
			return nil
		}
	}
	sa, err := fa.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	sb, err := fb.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	if sa != sb {
		return nil, fmt.Errorf("%s has %d bytes, %s has %d", a, sa, b, sb)
	}
	if err := blocks(fa, 0, sa, compare(fb)); err != nil {
		return nil, err
	}
	return out, blocks(fb, 0, sb, compare(fa))
}

// blocks calls fn for every chunk of f inside [off, off+n) that holds
// something else than zeros, in order. Chunks lie at multiples of the chunk
// size from off, wherever the holes of the file begin.
func blocks(f *os.File, off, n int64, fn func(off int64, p []byte) error) error {
	buf, zero := make([]byte, chunk), make([]byte, chunk)
	for pos := off; pos < off+n; {
		data, err := f.Seek(pos, unix.SEEK_DATA)
		if errors.Is(err, unix.ENXIO) {
			return nil
		}
		if err != nil {
			return err
		}
		if data >= off+n {
			return nil
		}
		pos = off + (data-off)/chunk*chunk
		p := buf[:min(chunk, off+n-pos)]
		if _, err := f.ReadAt(p, pos); err != nil {
			return fmt.Errorf("%s at %#x: %w", f.Name(), pos, err)
		}
		if string(p) != string(zero[:len(p)]) {
			if err := fn(pos, p); err != nil {
				return err
			}
		}
		pos += chunk
	}
	return nil
}
