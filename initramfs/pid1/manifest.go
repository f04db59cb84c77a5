package pid1

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"
)

// ManifestPath is where the image keeps the list of its files, one line
// "CRC32 SIZE NAME" each.
const ManifestPath = "etc/bootmend/manifest"

// ErrCut is wrapped when files of the image are missing or shorter than they
// were built: the kernel had too little memory to unpack it all (its root file
// system takes half of the memory at most) and went on regardless.
var ErrCut = errors.New("image is incomplete")

// CheckManifest compares the files of the image with the manifest and returns
// how many there are.
func CheckManifest(root fs.FS) (files int, err error) {
	text, err := fs.ReadFile(root, ManifestPath)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrCut, err)
	}
	buf := make([]byte, 256<<10)
	for line := range strings.Lines(string(text)) {
		var crc uint32
		var size int64
		var name string
		if _, err := fmt.Sscanf(line, "%x %d %s\n", &crc, &size, &name); err != nil {
			return files, fmt.Errorf("%w: bad line %q in %s", ErrCut, line, ManifestPath)
		}
		if err := checkFile(root, name, size, crc, buf); err != nil {
			return files, fmt.Errorf("%w: %s: %w", ErrCut, name, err)
		}
		files++
	}
	return files, nil
}

func checkFile(root fs.FS, name string, size int64, crc uint32, buf []byte) error {
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() != size {
		return fmt.Errorf("%d bytes of %d", info.Size(), size)
	}
	sum := crc32.NewIEEE()
	if _, err := io.CopyBuffer(struct{ io.Writer }{sum}, f, buf); err != nil {
		return err
	}
	if sum.Sum32() != crc {
		return fmt.Errorf("checksum %08x, expected %08x", sum.Sum32(), crc)
	}
	return nil
}
