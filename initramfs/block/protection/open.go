package protection

import (
	"errors"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Disk is a disk that is open for writing. Closing it puts back its protection.
type Disk struct {
	*block.File
	keeper Keeper
	lifted []string
}

// Open is block.OpenExclusive for a disk that may be on the list: its protection is
// lifted when it is ours alone, so that nobody else ever finds it writable.
func (k Keeper) Open(path string) (*Disk, error) {
	d := &Disk{keeper: k}
	var err error
	d.File, err = block.OpenLifting(path, func() error {
		var err error
		d.lifted, err = k.Lift(path)
		return err
	})
	if err != nil {
		return nil, errors.Join(err, k.Restore(d.lifted))
	}
	return d, nil
}

// Close protects and closes the disk. It is protected first, while nobody else can
// have it for writing. What was written was flushed by whoever wrote it; what a failed
// write left in memory is flushed here, because a protected disk may not take it.
func (d *Disk) Close() error {
	if len(d.lifted) == 0 {
		return d.File.Close()
	}
	return errors.Join(d.Flush(), d.keeper.Restore(d.lifted), d.File.Close())
}
