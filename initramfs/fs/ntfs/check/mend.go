package check

import (
	"bytes"
	"errors"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Patch is bytes of a volume that are to be replaced.
type Patch struct {
	Kind   Kind // of the problem that it mends
	Off    int64
	Before []byte
	After  []byte
}

// Mend says how the mendable problems of a volume are mended: the copy of the
// boot sector and $MFTMirr are made equal to what they are copies of. It writes
// nothing. Originals that are damaged themselves are not copied: the boot
// sector must carry 55AA, each record must be sound.
func Mend(dev block.Device) ([]Patch, error) {
	report := &Report{}
	c, err := open(dev, report, false)
	if errors.Is(err, errStop) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []Patch
	add := func(kind Kind, off int64, want []byte) error {
		got := make([]byte, len(want))
		if err := c.readAt(got, off); err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			all = append(all, Patch{kind, off, got, want})
		}
		return nil
	}
	backup := int64(c.boot.TotalSectors) * int64(c.boot.BytesPerSector)
	if raw := c.boot.Raw; raw[510] == 0x55 && raw[511] == 0xaa && dev.Size() >= backup+int64(len(raw)) {
		if err := add(BackupBoot, backup, raw); err != nil {
			return nil, err
		}
	}
	size := int64(c.boot.RecordSize)
	for no := range int64(4) {
		b := make([]byte, size)
		if err := c.mft.readAt(c, b, no*size); err != nil {
			return nil, err
		}
		before := len(report.Problems)
		// parse changes what it is given.
		if r := c.parse(bytes.Clone(b), no, true); r == nil || !r.inUse() || len(report.Problems) > before {
			continue
		}
		if err := add(Mirror, int64(c.boot.MFTMirr)*c.clusterSize+no*size, b); err != nil {
			return nil, err
		}
	}
	return all, nil
}
