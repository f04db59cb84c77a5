package fat

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// countFree counts the free clusters by the active FAT, once per Volume:
// FSInfo is only a hint. It reads the whole FAT, 64 KiB at a time.
func (o *op) countFree() error {
	if o.v.free >= 0 {
		return nil
	}
	free, err := o.scanFree()
	if err != nil {
		return err
	}
	if o.v.next, err = o.v.nextFree(); err != nil {
		return err
	}
	o.v.free = free
	return nil
}

func (o *op) scanFree() (free int64, err error) {
	b := o.v.boot
	if b.Kind == fs.FAT12 {
		for c := Cluster(2); c <= b.last(); c++ {
			v, err := o.get(c)
			if err != nil {
				return 0, err
			}
			if v == 0 {
				free++
			}
		}
		return free, nil
	}
	buf := make([]byte, 64<<10)
	end := b.entryOffset(b.last() + 1)
	for off := b.entryOffset(2); off < end; {
		p := buf[:min(int64(len(buf)), end-off)]
		if err := o.v.read(p, b.fatOffset(b.ActiveFAT)+off); err != nil {
			return 0, fmt.Errorf("FAT: %w", err)
		}
		off += int64(len(p))
		if b.Kind == fs.FAT16 {
			for ; len(p) > 0; p = p[2:] {
				if p[0]|p[1] == 0 {
					free++
				}
			}
		}
		for ; len(p) > 0; p = p[4:] {
			if le.Uint32(p)&0x0fffffff == 0 {
				free++
			}
		}
	}
	return free, nil
}

// allocate takes n free clusters and links them to a chain, in memory. With
// after they are linked to the chain that ends there. The search starts where
// the last one ended, as Windows does it.
func (o *op) allocate(what string, n int64, after Cluster) ([]run, error) {
	if n > o.v.free+o.delta {
		return nil, fmt.Errorf("%s: %d clusters of %d bytes are wanted, %d are free: %w",
			what, n, o.v.boot.clusterSize(), o.v.free+o.delta, fs.ErrNoSpace)
	}
	if n == 0 {
		return nil, nil
	}
	var runs []run
	c, previous := o.v.next, after
	if o.next != 0 {
		c = o.next
	}
	for seen := int64(0); n > 0; seen++ {
		if seen > o.v.boot.Clusters {
			return nil, damaged("FAT", "fewer free clusters than were counted")
		}
		if !o.v.boot.valid(c) {
			c = 2
		}
		v, err := o.get(c)
		if err != nil {
			return nil, err
		}
		if v == 0 {
			if err := o.link(previous, c); err != nil {
				return nil, err
			}
			if runs = appendCluster(runs, c); len(runs) > maxRuns {
				return nil, unsupported(what, "more than %d pieces", maxRuns)
			}
			previous = c
			o.delta--
			n--
		}
		c++
	}
	o.next = c
	return runs, nil
}

// link makes c the end of the chain, and lets from, if there is one, lead to
// it.
func (o *op) link(from, c Cluster) error {
	if err := o.set(c, o.v.boot.endMark()); err != nil || from == 0 {
		return err
	}
	return o.set(from, uint32(c))
}

// prepareRelease makes sure that release can succeed.
func (o *op) prepareRelease(runs []run) error {
	for _, r := range runs {
		for c := r.first; c < r.end(); c++ {
			if _, _, err := o.pageForChange(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// release frees clusters, in memory.
func (o *op) release(runs []run) error {
	for _, r := range runs {
		for c := r.first; c < r.end(); c++ {
			if err := o.set(c, 0); err != nil {
				return err
			}
		}
		o.delta += r.n
	}
	return nil
}
