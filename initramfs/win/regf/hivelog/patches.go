package hivelog

import (
	"bytes"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// maxPatch bounds a patch, and so the memory of EachPatch.
const maxPatch = 64 << 10

// EachPatch calls fn with the changes that make the hive file what Reader
// gives, in the order they are to be written: hbins by offset, then the base
// block, its first sector last. A patch behind the old end of the file has no Old; the file is to be
// Size bytes long. Where Old is present it has the length of New. Nothing is
// called when nothing was replayed.
//
// The power may fail anywhere: until the base block is written the hive stays
// not clean, its logs stay as they are, and replaying them again, by us or by
// Windows, gives the same hive, because every write of a log replaces whole
// sectors. All hbins must be on the disk before the base block is.
func (r *Replay) EachPatch(fn func(regf.Patch) error) error {
	if r.view == nil {
		return nil
	}
	for _, w := range r.view.writes {
		for off := w.to; off < w.to+w.n; off += maxPatch {
			if err := r.patch(off, min(off+maxPatch, w.to+w.n), fn); err != nil {
				return err
			}
		}
	}
	if err := r.patch(sector, baseSize, fn); err != nil {
		return err
	}
	return r.patch(0, sector, fn) // all that makes the hive clean
}

// Patches is EachPatch into memory: up to twice the size of the logs.
func (r *Replay) Patches() ([]regf.Patch, error) {
	var all []regf.Patch
	err := r.EachPatch(func(p regf.Patch) error {
		all = append(all, p)
		return nil
	})
	return all, err
}

// patch compares the bytes from start to end, sector by sector, and calls fn
// for each run of sectors that differ.
func (r *Replay) patch(start, end int64, fn func(regf.Patch) error) error {
	now := make([]byte, end-start)
	if err := readFull(r.view, now, start); err != nil {
		return fmt.Errorf("hive: %w", err)
	}
	old, err := readUpTo(r.file, start, len(now), r.fileSize)
	if err != nil {
		return fmt.Errorf("hive: %w", err)
	}
	for i := 0; i < len(now); {
		n := differing(old, now, i)
		if n == 0 { // of the file's last part there may be less than a sector
			i = min(i+sector, len(old))
			continue
		}
		p := regf.Patch{Off: start + int64(i), New: now[i : i+n]}
		if i < len(old) {
			p.Old = old[i : i+n]
		}
		if err := fn(p); err != nil {
			return err
		}
		i += n
	}
	return nil
}

// differing is how many bytes from i on are in sectors that differ. A run does
// not cross the end of old.
func differing(old, now []byte, i int) int {
	end := len(now)
	if i < len(old) {
		end = len(old)
	}
	n := 0
	for i+n < end {
		step := min(sector, end-i-n)
		if i < len(old) && bytes.Equal(old[i+n:i+n+step], now[i+n:i+n+step]) {
			break
		}
		n += step
	}
	return n
}
