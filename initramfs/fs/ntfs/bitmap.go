package ntfs

import (
	"fmt"
	"io"
	"math/bits"
)

// bitmapWindow is how much of $Bitmap is looked at in one go: 64 Ki clusters.
const bitmapWindow = 8 << 10

// clusterBits opens $Bitmap as a stream of the change.
func (c *change) clusterBits() (*stream, error) {
	if c.bitmap != nil {
		return c.bitmap, nil
	}
	s, err := c.metaStream(recordBitmap, "$Bitmap")
	if err != nil {
		return nil, fmt.Errorf("$Bitmap: %w", err)
	}
	if s.parts == nil || s.init*8 < c.clusters {
		return nil, damaged("$Bitmap", 0, "%d bytes for %d clusters", s.init, c.clusters)
	}
	c.bitmap = s
	return s, nil
}

// eachFreeIn calls fn for the free runs between two clusters in ascending order
// until it returns false.
func (v *Volume) eachFreeIn(s *stream, from, to LCN, fn func(run) bool) error {
	var open run // the run that is being collected
	buf := make([]byte, max(0, min(bitmapWindow, (int64(to)+7)/8-int64(from)/8)))
	for at := from; at < to; {
		off := int64(at) / 8
		n := min(int64(len(buf)), (int64(to)+7)/8-off)
		if k, err := s.ReadAt(buf[:n], off); int64(k) < n {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return fmt.Errorf("$Bitmap at %#x: %w", off, err)
		}
		end := min(to, LCN((off+n)*8))
		for at < end {
			set, k := sameBits(buf[:n], int(at)-int(off*8), int(end)-int(off*8))
			if !set {
				if open.n == 0 {
					open.lcn = at
				}
				open.n += int64(k)
			} else if open.n > 0 {
				if !fn(open) {
					return nil
				}
				open = run{}
			}
			at += LCN(k)
		}
	}
	if open.n > 0 {
		fn(open)
	}
	return nil
}

func (c *change) eachFree(from, to LCN, fn func(run) bool) error {
	if from >= to {
		return nil
	}
	s, err := c.clusterBits()
	if err != nil {
		return err
	}
	return c.eachFreeIn(s, from, to, fn)
}

// sameBits says what bit i of b is and how many bits from there to end are
// the same.
func sameBits(b []byte, i, end int) (set bool, n int) {
	set = b[i/8]>>(i%8)&1 != 0
	var flip byte
	if !set {
		flip = 0xff
	}
	start := i
	for i < end {
		x := (b[i/8] ^ flip) >> (i % 8) // ones are what is wanted
		k := bits.TrailingZeros8(^x)
		if k < 8-i%8 {
			i += k
			break
		}
		i += 8 - i%8
	}
	return set, min(i, end) - start
}

// freeAt is the number of free clusters from lcn on, n at most.
func (c *change) freeAt(lcn LCN, n int64) (int64, error) {
	var got int64
	err := c.eachFree(lcn, min(lcn+LCN(n), LCN(c.clusters)), func(r run) bool {
		if r.lcn == lcn {
			got = r.n
		}
		return false
	})
	return got, err
}

// markClusters sets or clears the bits of a run, which must all be the other
// way round.
func (c *change) markClusters(lcn LCN, n int64, used bool) error {
	s, err := c.clusterBits()
	if err != nil {
		return err
	}
	if lcn < 0 || n < 0 || int64(lcn) > c.clusters-n {
		return damaged("$Bitmap", int64(lcn)/8, "run of %d clusters at %d, the volume has %d", n, lcn, c.clusters)
	}
	for i, end := int64(lcn), int64(lcn)+n; i < end; {
		off := i / 8
		k := min(bitmapWindow, (end+7)/8-off)
		buf := make([]byte, k)
		if m, err := s.ReadAt(buf, off); int64(m) < k {
			return fmt.Errorf("$Bitmap at %#x: %w", off, orDamaged(err))
		}
		stop := min(end, (off+k)*8)
		if same, m := sameBits(buf, int(i-off*8), int(stop-off*8)); same == used || int64(m) < stop-i {
			return damaged("$Bitmap", off, "clusters %d to %d should all be %s", i, stop-1, map[bool]string{true: "free", false: "used"}[used])
		}
		flipBits(buf, int(i-off*8), int(stop-off*8))
		if err := c.writeStream(s, buf, off); err != nil {
			return err
		}
		i = stop
	}
	return nil
}

func flipBits(b []byte, i, end int) {
	for ; i < end; i++ {
		if i%8 == 0 && end-i >= 8 {
			b[i/8] ^= 0xff
			i += 7
			continue
		}
		b[i/8] ^= 1 << (i % 8)
	}
}

// writeStream replaces allocated bytes of a stream.
func (c *change) writeStream(s *stream, b []byte, off int64) error {
	return s.pieces(off, int64(len(b)), func(p piece) error {
		if p.vol < 0 {
			return damaged(s.what, p.off, "a hole where data has to be")
		}
		_, err := c.pages.WriteAt(b[p.off-off:p.off-off+p.n], p.vol)
		return err
	})
}

// Free is the number of bytes in free clusters.
func (v *Volume) Free() (int64, error) {
	s, err := v.metaStream(recordBitmap, "$Bitmap")
	if err != nil {
		return 0, fmt.Errorf("$Bitmap: %w", err)
	}
	var n int64
	err = v.eachFreeIn(s, 0, LCN(v.clusters), func(r run) bool {
		n += r.n
		return true
	})
	return n * v.clusterSize, err
}
