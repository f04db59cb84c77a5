package fat

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// Resize changes the length of a file; what is added is zero.
func (v *Volume) Resize(path string, size int64) error {
	return v.change(func(o *op) error {
		n, err := o.find(path)
		switch {
		case err != nil:
			return err
		case n.isDir():
			return fmt.Errorf("%s: %w", n.path, fs.ErrIsDir)
		case size < 0 || size > maxFile:
			return fmt.Errorf("%s: %d bytes: %w", n.path, size, ErrTooLarge)
		}
		runs, err := o.chainOf(n)
		if err != nil {
			return err
		}
		if size > n.item.e.size() {
			return o.extend(n, runs, size)
		}
		return o.truncate(n, runs, size)
	})
}

// extend zeroes what lies behind the old end and appends clusters of zeros.
func (o *op) extend(n *node, runs []run, size int64) error {
	var last Cluster
	if len(runs) > 0 {
		last = runs[len(runs)-1].end() - 1
	}
	var added []run
	if more := o.v.clustersFor(size) - clusters(runs); more > 0 {
		var err error
		if added, err = o.allocate(n.path, more, last); err != nil {
			return err
		}
	}
	if err := o.zeroTail(runs, n.item.e.size(), size); err != nil {
		return fmt.Errorf("%s: %w", n.path, err)
	}
	if err := o.zero(added); err != nil {
		return fmt.Errorf("%s: %w", n.path, err)
	}
	n.parent.change(n.item.slot)
	if len(runs) == 0 && len(added) > 0 {
		n.item.e.setCluster(o.v.boot.Kind, added[0].first)
	}
	o.setSize(n, size)
	return o.store(n.parent)
}

func (o *op) setSize(n *node, size int64) {
	n.parent.change(n.item.slot)
	n.item.e.setSize(size)
	n.item.e.setWritten(o.v.now())
}

// zeroTail writes zeros over the bytes from to to of a file, as far as its
// clusters reach. They lie behind its end, where nobody reads.
func (o *op) zeroTail(runs []run, from, to int64) error {
	start := int64(0)
	buf := make([]byte, chunk)
	for _, r := range runs {
		end := start + r.n*o.v.boot.clusterSize()
		for at := max(from, start); at < min(to, end); {
			p := buf[:min(chunk, min(to, end)-at)]
			off := o.v.boot.clusterOffset(r.first) + at - start
			if _, err := o.v.dev.WriteAt(p, off); err != nil {
				return fmt.Errorf("volume at %#x: %w", off, err)
			}
			at += int64(len(p))
		}
		start = end
	}
	return nil
}

// truncate frees the clusters behind the new end.
func (o *op) truncate(n *node, runs []run, size int64) error {
	keep := o.v.clustersFor(size)
	var freed []run
	var last Cluster
	for _, r := range runs {
		if k := min(keep, r.n); k > 0 {
			last = r.first + Cluster(k) - 1
			keep -= k
			r.first, r.n = r.first+Cluster(k), r.n-k
		}
		if r.n > 0 {
			freed = append(freed, r)
		}
	}
	if err := o.prepareRelease(freed); err != nil {
		return err
	}
	o.setSize(n, size)
	if last == 0 {
		n.item.e.setCluster(o.v.boot.Kind, 0)
	}
	if err := o.store(n.parent); err != nil {
		return err
	}
	if last != 0 && len(freed) > 0 {
		if err := o.set(last, o.v.boot.endMark()); err != nil {
			return err
		}
	}
	return o.release(freed)
}
