package oracle

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/tests/sparse"
	"github.com/bootmend/bootmend/tests/tool"
)

// HashDisk is a hash of every byte of the image, holes skipped.
func HashDisk(image string) (string, error) { return sparse.Hash(image) }

// GPT judges a GPT disk by "sgdisk -v": both headers, both entry arrays,
// overlaps, and that the GPT is not just inferred from an MBR.
func GPT(image string) error {
	out, err := tool.Run("sgdisk", "-v", image)
	if err != nil {
		return err
	}
	text := string(out)
	for _, bad := range []string{"invalid GPT", "corrupt", "Caution", "Warning", "damaged"} {
		if strings.Contains(text, bad) {
			return fmt.Errorf("sgdisk -v: %s", text)
		}
	}
	if !strings.Contains(text, "No problems found") {
		return fmt.Errorf("sgdisk -v: %s", text)
	}
	return nil
}

// MBR judges the partition table by "sfdisk --verify", extended partitions
// included.
func MBR(image string) error {
	out, err := tool.Run("sfdisk", "--verify", image)
	if err == nil && !strings.Contains(string(out), "No errors detected") {
		err = fmt.Errorf("sfdisk --verify: %s", out)
	}
	return err
}

// Partitions lists the table as sfdisk reads it, one line per partition.
func Partitions(image string) ([]string, error) {
	out, err := tool.Run("sfdisk", "--dump", image)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, line := range strings.Split(string(out), "\n") {
		if rest, ok := strings.CutPrefix(line, image); ok {
			all = append(all, rest)
		}
	}
	return all, nil
}

// ImageFormat is what "qemu-img info" takes the file for.
func ImageFormat(image string) (string, error) {
	out, err := tool.Run("qemu-img", "info", "--output=json", image)
	if err != nil {
		return "", err
	}
	var info struct{ Format string }
	err = json.Unmarshal(out, &info)
	return info.Format, err
}

// ImageStructure judges an image in one of qemu's formats by "qemu-img check".
func ImageStructure(image string) error {
	_, err := tool.Run("qemu-img", "check", image)
	return err
}
