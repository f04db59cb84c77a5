package engine

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// readFile reads a file of a partition by ntfscat or mtype.
func readFile(t *testing.T, image string, p *guests.Partition, path string) ([]byte, error) {
	t.Helper()
	return contentOf(oracle.Volume(t, image, p), p, path)
}

func contentOf(volume string, p *guests.Partition, path string) ([]byte, error) {
	if p.FS == "vfat" || p.FS == "fat16" {
		return oracle.FATFile(volume, path)
	}
	return oracle.NTFSFile(volume, path)
}

func sum(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data)) }
