package protection

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/bootmend/bootmend/initramfs/block"
)

// ErrStays is wrapped where a disk is write-protected by something other than us.
var ErrStays = fmt.Errorf("its write protection cannot be lifted here: %w", block.ErrReadOnly)

// Keeper protects the disks of a machine.
type Keeper struct {
	Sys, Dev string // "/sys", "/dev"
	State    string // directory in memory with an empty file for each protected disk

	// Kernel is who protects; nil: that of this machine.
	Kernel Kernel
}

// Kernel is what is asked of the kernel.
type Kernel interface {
	// Protected reports whether writes to the device are refused.
	Protected(path string) (bool, error)
	Protect(path string, on bool) error
	// Idle calls f while nobody can claim the device. It returns false, and does not
	// call f, where somebody has.
	Idle(path string, f func() error) (bool, error)
}

// Here is the running machine.
func Here() Keeper {
	return Keeper{Sys: "/sys", Dev: "/dev", State: "/run/bootmend/protected"}
}

func (k Keeper) kernel() Kernel {
	if k.Kernel != nil {
		return k.Kernel
	}
	return ioctls{}
}

// Protect protects a disk, by its name below Dev, and its partitions, and puts it on
// the list.
func (k Keeper) Protect(disk string) error {
	if err := os.MkdirAll(k.State, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(k.State, disk), nil, 0o644); err != nil {
		return err
	}
	return k.protectAll(disk)
}

// ProtectPartition protects a partition that turned up after its disk.
func (k Keeper) ProtectPartition(name string) error {
	return k.kernel().Protect(filepath.Join(k.Dev, name), true)
}

// protectAll protects a disk and its partitions.
func (k Keeper) protectAll(disk string) error {
	var all error
	for _, name := range append([]string{disk}, k.partitions(disk)...) {
		// A disk's protection is that of its partitions, too. Theirs is set all the same:
		// it stays when that of the disk is lifted.
		all = errors.Join(all, k.kernel().Protect(filepath.Join(k.Dev, name), true))
	}
	return all
}

// Again protects the listed disks that nobody has claimed: a program that had lifted
// the protection may have been killed. One that is claimed is mounted or being
// repaired, and left alone.
func (k Keeper) Again() error {
	entries, err := os.ReadDir(k.State)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	all := err
	for _, e := range entries {
		path := filepath.Join(k.Dev, e.Name())
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			continue // pulled out
		}
		_, err := k.kernel().Idle(path, func() error { return k.protectAll(e.Name()) })
		all = errors.Join(all, err)
	}
	return all
}

// Lift makes a disk or partition writable that is, or lies on, a disk of the list. It
// returns the devices that it changed, for Restore; none for those that are writable
// already or not on the list. What stays protected gives an error that wraps
// ErrStays, and nothing is changed then.
func (k Keeper) Lift(path string) (lifted []string, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, k.Restore(lifted))
			lifted = nil
		}
	}()
	for _, dev := range k.chain(path) {
		was, err := k.kernel().Protected(dev)
		if err != nil {
			return lifted, err
		}
		if !was {
			continue
		}
		if err := k.kernel().Protect(dev, false); err != nil {
			return lifted, err
		}
		lifted = append(lifted, dev)
		if still, err := k.kernel().Protected(dev); err != nil || still {
			return lifted, errors.Join(err, fmt.Errorf("%s: %w", dev, ErrStays))
		}
	}
	return lifted, nil
}

// Restore protects the devices again, the last first.
func (k Keeper) Restore(lifted []string) error {
	var all error
	for _, dev := range slices.Backward(lifted) {
		all = errors.Join(all, k.kernel().Protect(dev, true))
	}
	return all
}

// chain are the devices whose protection keeps path from being written, the disk
// first; none where the disk is not on the list.
func (k Keeper) chain(path string) []string {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		real = path // opening it says why
	}
	name := filepath.Base(real)
	chain := []string{real}
	if disk := k.diskOf(name); disk != name {
		chain, name = []string{filepath.Join(k.Dev, disk), real}, disk
	}
	dev, err := filepath.EvalSymlinks(k.Dev)
	if err != nil {
		return nil
	}
	if _, err := os.Stat(filepath.Join(k.State, name)); err != nil || filepath.Dir(real) != dev {
		return nil
	}
	return chain
}

// diskOf is the disk that a partition lies on, by its name, or the disk itself.
func (k Keeper) diskOf(name string) string {
	found, _ := filepath.Glob(filepath.Join(k.Sys, "block", "*", name, "partition"))
	if len(found) == 1 {
		return filepath.Base(filepath.Dir(filepath.Dir(found[0])))
	}
	return name
}

func (k Keeper) partitions(disk string) []string {
	found, _ := filepath.Glob(filepath.Join(k.Sys, "block", disk, "*", "partition"))
	for i, f := range found {
		found[i] = filepath.Base(filepath.Dir(f))
	}
	return found
}
