package ntfs

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// maxCandidates bounds the free runs that one search remembers.
const maxCandidates = 1 << 14

// allocate finds n free clusters, marks them used and returns them as runs
// that start at VCN first. hint is the cluster where the stream would go on.
func (c *change) allocate(n int64, first VCN, hint LCN) ([]run, error) {
	if n <= 0 {
		return nil, nil
	}
	var got []run
	if hint > 0 && int64(hint) < c.clusters {
		k, err := c.freeAt(hint, n)
		if err != nil {
			return nil, err
		}
		if k > 0 {
			got = append(got, run{lcn: hint, n: k})
			if err := c.markClusters(hint, k, true); err != nil {
				return nil, err
			}
			n -= k
		}
	}
	for n > 0 {
		list, err := c.search(n)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			return nil, c.noSpace(got, n)
		}
		for _, r := range list {
			if err := c.markClusters(r.lcn, r.n, true); err != nil {
				return nil, err
			}
			n -= r.n
		}
		got = append(got, list...)
	}
	c.hints.cluster = got[len(got)-1].lcn + LCN(got[len(got)-1].n)
	for i := range got {
		got[i].vcn = first
		first += VCN(got[i].n)
	}
	return got, nil
}

// allocateRun finds one run of up to n clusters, a multiple of unit, behind
// hint if possible. $MFT grows like this: no record lies in two pieces.
func (c *change) allocateRun(n, unit int64, hint LCN) (run, error) {
	var best run
	if hint > 0 && int64(hint) < c.clusters {
		k, err := c.freeAt(hint, n)
		if err != nil {
			return run{}, err
		}
		best = run{lcn: hint, n: k - k%unit}
	}
	if best.n == 0 {
		list, err := c.search(n)
		if err != nil {
			return run{}, err
		}
		for _, r := range list {
			if k := r.n - r.n%unit; k > best.n {
				best = run{lcn: r.lcn, n: k}
			}
		}
	}
	if best.n == 0 {
		return run{}, fmt.Errorf("no %d clusters in one piece: %w", unit, fs.ErrNoSpace)
	}
	return best, c.markClusters(best.lcn, best.n, true)
}

// noSpace gives back what was found before the volume turned out to be full:
// the change may go on without it.
func (c *change) noSpace(got []run, n int64) error {
	for _, r := range got {
		if err := c.markClusters(r.lcn, r.n, false); err != nil {
			return err
		}
	}
	return fmt.Errorf("%d clusters more are needed: %w", n, fs.ErrNoSpace)
}

// allocateMeta is allocate for metadata of one cluster or a few, which also
// takes what this very change frees: nothing of it is written before the
// commit.
func (c *change) allocateMeta(n int64, first VCN, hint LCN) ([]run, error) {
	runs, err := c.allocate(n, first, hint)
	if err == nil || len(c.freed) == 0 {
		return runs, err
	}
	var got []run
	for n > 0 && len(c.freed) > 0 {
		r := &c.freed[len(c.freed)-1]
		k := min(n, r.n)
		got = append(got, run{vcn: first, lcn: r.lcn + LCN(r.n-k), n: k})
		r.n, n, first = r.n-k, n-k, first+VCN(k)
		if r.n == 0 {
			c.freed = c.freed[:len(c.freed)-1]
		}
	}
	if n > 0 {
		return nil, err
	}
	return got, nil
}

// search looks for n clusters: behind the last allocation, then from the
// start, and in the zone behind $MFT only when there is nothing else, so that
// $MFT can grow in one piece. The first run that is long enough is taken;
// when there is none, the longest ones.
func (c *change) search(n int64) ([]run, error) {
	zone, zoneEnd := c.mftZone()
	cursor := min(max(c.hints.cluster, 0), LCN(c.clusters))
	var all []run
	for _, s := range [][2]LCN{{max(cursor, zoneEnd), LCN(c.clusters)}, {min(cursor, zone), zone}, {0, min(cursor, zone)}, {zoneEnd, max(cursor, zoneEnd)}, {zone, zoneEnd}} {
		var fit run
		err := c.eachFree(s[0], s[1], func(r run) bool {
			if r.n >= n {
				fit = run{lcn: r.lcn, n: n}
				return false
			}
			all = append(all, r)
			if len(all) == 2*maxCandidates {
				all = longest(all)
			}
			return true
		})
		if err != nil {
			return nil, err
		}
		if fit.n > 0 {
			return []run{fit}, nil
		}
	}
	return takeLongest(all, n), nil
}

func longest(all []run) []run {
	slices.SortFunc(all, func(a, b run) int {
		if a.n != b.n {
			return int(sign64(b.n - a.n))
		}
		return int(sign64(int64(a.lcn - b.lcn)))
	})
	return all[:min(len(all), maxCandidates)]
}

func sign64(n int64) int64 {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// takeLongest picks the longest runs, n clusters at most, in order of their
// place.
func takeLongest(all []run, n int64) []run {
	all = longest(all)
	for i, r := range all {
		if r.n >= n {
			all[i].n, all = n, all[:i+1]
			break
		}
		n -= r.n
	}
	slices.SortFunc(all, func(a, b run) int { return int(sign64(int64(a.lcn - b.lcn))) })
	return all
}

// mftZone is the part of the volume, an eighth, that is left for $MFT.
func (c *change) mftZone() (LCN, LCN) {
	last := c.mft.runs[len(c.mft.runs)-1]
	start := last.lcn + LCN(last.n)
	return start, min(start+LCN(c.clusters/8), LCN(c.clusters))
}

// free gives back the clusters of runs when the change is committed.
func (c *change) free(runs []run) {
	for _, r := range runs {
		if r.lcn != hole && r.n > 0 {
			c.freed = append(c.freed, r)
		}
	}
}
