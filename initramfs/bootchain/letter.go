package bootchain

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// ErrNoLetter: what Windows calls its own volume cannot be told.
var ErrNoLetter = errors.New("the drive letter of Windows is not known")

// SystemLetter is the drive letter under which Windows was installed: that of
// SystemRoot in the SOFTWARE hive, whose folder must be that of the installation.
func SystemLetter(w *inspect.Installation) (byte, error) {
	src, err := hivefile.OnVolume(w.Volume.FS, w.Path(`system32\config\SOFTWARE`))
	if err != nil {
		return 0, err
	}
	f, err := hivefile.Open(src)
	if err != nil {
		return 0, err
	}
	if f.Hive == nil {
		return 0, ErrNoLetter
	}
	k, err := f.Hive.Key(`Microsoft\Windows NT\CurrentVersion`)
	if err != nil {
		return 0, err
	}
	v, err := k.Value("SystemRoot")
	if err != nil {
		return 0, err
	}
	root, err := v.Text()
	if err != nil {
		return 0, err
	}
	if len(root) < 3 || root[1] != ':' || !strings.EqualFold(strings.TrimRight(root[2:], `\`), w.Root) {
		return 0, fmt.Errorf("SystemRoot is %q, the folder is %s: %w", root, w.Root, ErrNoLetter)
	}
	return root[0] &^ 0x20, nil
}

// MountedIdentity is what MountedDevices holds for the volume: signature and
// offset on an MBR disk, the GUID of the partition on GPT; nil where there is no
// partition.
func MountedIdentity(v *inspect.Volume) []byte {
	if v.Disk.Table == nil {
		return nil
	}
	switch v.Disk.Table.Scheme {
	case part.MBR:
		if v.Disk.Table.Signature == 0 {
			return nil // Windows writes one first
		}
		b := binary.LittleEndian.AppendUint32(nil, v.Disk.Table.Signature)
		return binary.LittleEndian.AppendUint64(b, uint64(v.Partition.Range.Off))
	case part.GPT:
		g, err := registry.ParseGUID(v.Partition.GUID)
		if err != nil {
			return nil
		}
		return append([]byte("DMIO:ID:"), g[:]...)
	}
	return nil
}
