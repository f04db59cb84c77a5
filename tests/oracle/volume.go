package oracle

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/sparse"
	"github.com/bootmend/bootmend/tests/tool"
)

// Volume copies the partition out of the image to a file of its own, for
// tools that know no offsets.
func Volume(tb testing.TB, image string, p *guests.Partition) string {
	tb.Helper()
	dst := filepath.Join(tb.TempDir(), fmt.Sprintf("partition%d", p.Number))
	if err := sparse.Extract(dst, image, p.Start, p.Size); err != nil {
		tb.Fatal(err)
	}
	return dst
}

// NTFSStructure judges an NTFS volume by "ntfsresize -i -f", which reads all
// MFT records and compares every run with $Bitmap. It also rejects a volume
// whose dirty flag is set.
func NTFSStructure(volume string) error {
	_, err := tool.Run("ntfsresize", "-i", "-f", "-P", volume)
	if err != nil {
		return err
	}
	flags, err := NTFSFlags(volume)
	if err == nil && flags&1 != 0 {
		err = fmt.Errorf("%s: volume flags %#04x: dirty", volume, flags)
	}
	return err
}

// NTFSFlags are the flags of $VOLUME_INFORMATION, as ntfsinfo reads them.
func NTFSFlags(volume string) (uint16, error) {
	out, err := tool.Run("ntfsinfo", "-f", "-m", volume)
	if err != nil {
		return 0, err
	}
	var flags uint16
	_, rest, ok := strings.Cut(string(out), "Volume Flags:")
	if !ok {
		return 0, fmt.Errorf("ntfsinfo says nothing of volume flags:\n%s", out)
	}
	_, err = fmt.Sscanf(strings.TrimSpace(rest), "0x%x", &flags)
	return flags, err
}

// NTFSFile reads a file by ntfscat. The path is spelled as stored.
func NTFSFile(volume, path string) ([]byte, error) {
	return tool.Run("ntfscat", "-f", volume, slashes(path))
}

// FATStructure judges a FAT volume by "fsck.vfat -n", which must not find
// anything to say.
func FATStructure(volume string) error {
	_, err := tool.Run("fsck.vfat", "-n", volume)
	return err
}

// FATFile reads a file by mtype.
func FATFile(volume, path string) ([]byte, error) {
	return tool.Run("mtype", "-i", volume, "::"+slashes(path))
}

func slashes(path string) string { return strings.ReplaceAll(path, `\`, "/") }
