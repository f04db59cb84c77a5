package answers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/probe"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/initramfs/part"
)

// FileName is the answer file on a medium with the label media.Label, and FWConfig where
// the kernel shows the file that QEMU was given.
const (
	FileName = "bootmend.yaml"
	FWConfig = "/sys/firmware/qemu_fw_cfg/by_name/opt/bootmend/answers/raw"
)

// ErrNone: there is no answer file, which is the ordinary case.
var ErrNone = errors.New("there is no answer file")

// CheckPlace says what is wrong with a value of bootmend.answers.
func CheckPlace(place string) error {
	if isURL(place) {
		return checkURL(place)
	}
	if !strings.HasPrefix(place, "/") {
		return errors.New("want http://..., https://... or a path from the root")
	}
	return nil
}

func isURL(s string) bool {
	return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
}

// Read reads the file at the place that somebody named.
func Read(ctx context.Context, place string) ([]byte, error) {
	if isURL(place) {
		return get(ctx, place)
	}
	f, err := os.Open(place)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f)
}

var errLarge = fmt.Errorf("it is larger than %d bytes, so it is no answer file", MaxSize)

func readAll(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err == nil && len(text) > MaxSize {
		err = errLarge
	}
	return text, err
}

// Find looks for a file that nobody named: on the drives and sticks given, by
// their labels, then in fw_cfg. The error is ErrNone, or says why a file that is
// there cannot be read.
func Find(devices []string, fwConfig string) (text []byte, where string, err error) {
	for _, path := range devices {
		text, err := onDevice(path)
		if !errors.Is(err, ErrNone) {
			return text, path + ` \` + FileName, err
		}
	}
	text, err = os.ReadFile(fwConfig)
	if errors.Is(err, os.ErrNotExist) {
		return nil, "", ErrNone
	}
	return text, "fw_cfg", err
}

// onDevice reads the file from a drive. A drive that is empty or broken, or has
// no such volume or file, has none.
func onDevice(path string) ([]byte, error) {
	dev, err := block.OpenReadOnly(path)
	if err != nil {
		return nil, ErrNone
	}
	defer dev.Close()
	for _, v := range volumes(dev) {
		if labelOf(v) != media.Label {
			continue
		}
		f, err := v.Open(`\` + FileName)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return readAll(io.NewSectionReader(f, 0, f.Info().Size))
	}
	return nil, ErrNone
}

// volumes are the file systems on a drive: of all of it, or of its partitions; of the
// stick that bootmend was started from, both.
func volumes(dev block.Device) []fs.FS {
	var all []fs.FS
	if v, err := probe.Open(dev); err == nil {
		all = append(all, v)
		if kind, err := probe.Detect(dev); err != nil || kind != fs.ISO9660 {
			return all
		}
	}
	sectors := block.WithSectorSize(dev, part.SectorSize(dev))
	table, err := part.Read(sectors)
	if err != nil {
		return all
	}
	for _, p := range table.Partitions {
		section, err := block.NewSection(sectors, p.Range)
		if err != nil || p.Range.Off == 0 { // the image itself
			continue
		}
		if v, err := probe.Open(section); err == nil {
			all = append(all, v)
		}
	}
	return all
}

// labelOf is the name of a volume; its case does not matter, because tools write
// what they like.
func labelOf(v fs.FS) string {
	switch v := v.(type) {
	case interface{ Label() string }:
		return strings.ToUpper(strings.TrimSpace(v.Label()))
	case interface{ Label() (string, error) }:
		label, err := v.Label()
		if err != nil {
			return ""
		}
		return strings.ToUpper(strings.TrimSpace(label))
	}
	return ""
}
