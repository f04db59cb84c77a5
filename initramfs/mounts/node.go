package mounts

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
)

// Node is the device of a volume: that of the partition which the kernel knows at
// the same place of the disk, "/dev/sda2". sys is "/sys". The kernel does not see
// every partition that we see: logical drives in a damaged chain, for instance.
func Node(sys string, v *inspect.Volume) (string, error) {
	disk := v.Disk.Name()
	if v.Partition.Number == 0 {
		return v.Disk.Path, nil
	}
	entries, err := os.ReadDir(filepath.Join(sys, "block", disk))
	if err != nil {
		return "", fmt.Errorf("%s is no disk of this machine: %w", v.Disk.Path, err)
	}
	for _, e := range entries {
		dir := filepath.Join(sys, "block", disk, e.Name())
		if _, err := os.Stat(filepath.Join(dir, "partition")); err != nil {
			continue
		}
		// Both are in units of 512 bytes, whatever the sectors of the disk.
		start, length := readNumber(dir, "start"), readNumber(dir, "size")
		if start*512 == v.Partition.Range.Off && length*512 == v.Partition.Range.Len {
			return filepath.Join(filepath.Dir(v.Disk.Path), e.Name()), nil
		}
	}
	return "", fmt.Errorf("the kernel has no device for %s: its table was changed since, or is damaged (partprobe %s reads it again)", v.ID(), v.Disk.Path)
}

func readNumber(dir, name string) int64 {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return -1
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
	if err != nil {
		return -1
	}
	return n
}
