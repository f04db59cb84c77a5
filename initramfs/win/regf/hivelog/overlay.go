package hivelog

import (
	"cmp"
	"fmt"
	"io"
	"slices"
)

// write says that n bytes of a log belong into the hive file.
type write struct {
	to, n int64
	src   *logFile
	from  int64 // in src
}

// flatten gives the same result as the writes in their order, by writes that
// do not meet, sorted by place. It is exact because all are whole sectors.
// limit is where the last ends at most; memory is one bit for each sector.
func flatten(writes []write, limit int64) []write {
	done := make([]uint64, limit/sector/64+1)
	var flat []write
	for _, w := range slices.Backward(writes) {
		for i := int64(0); i < w.n; i += sector {
			s := (w.to + i) / sector
			if done[s/64]&(1<<(s%64)) != 0 {
				continue
			}
			done[s/64] |= 1 << (s % 64)
			if l := len(flat) - 1; l >= 0 && flat[l].follows(w, i) {
				flat[l].n += sector
				continue
			}
			flat = append(flat, write{w.to + i, sector, w.src, w.from + i})
		}
	}
	slices.SortFunc(flat, func(a, b write) int { return cmp.Compare(a.to, b.to) })
	return flat
}

// follows: the sector of o at i comes right behind w, here and in the log.
func (w write) follows(o write, i int64) bool {
	return w.src == o.src && w.to+w.n == o.to+i && w.from+w.n == o.from+i
}

// overlay is the hive file with a base block and writes laid over it. What is
// behind the end of the file and in no write reads as zeros.
type overlay struct {
	file     io.ReaderAt
	fileSize int64
	size     int64
	head     base // nil: the file's own
	writes   []write
}

// ReadAt is safe for concurrent use if the files below are.
func (o *overlay) ReadAt(p []byte, off int64) (int, error) {
	if off >= o.size {
		return 0, io.EOF
	}
	want := int(min(int64(len(p)), o.size-off))
	for done := 0; done < want; {
		n, err := o.piece(p[done:want], off+int64(done))
		done += n
		if err != nil {
			return done, err
		}
	}
	if want < len(p) {
		return want, io.EOF
	}
	return want, nil
}

// piece fills the start of p from the one place that has the byte at off.
func (o *overlay) piece(p []byte, off int64) (int, error) {
	if o.head != nil && off < int64(len(o.head)) {
		return copy(p, o.head[off:]), nil
	}
	i, _ := slices.BinarySearchFunc(o.writes, off, func(w write, off int64) int { return cmp.Compare(w.to+w.n, off+1) })
	if i < len(o.writes) {
		w := o.writes[i]
		if w.to <= off {
			p = p[:min(int64(len(p)), w.to+w.n-off)]
			return len(p), readFull(w.src.R, p, w.from+off-w.to)
		}
		p = p[:min(int64(len(p)), w.to-off)]
	}
	if off >= o.fileSize {
		clear(p)
		return len(p), nil
	}
	p = p[:min(int64(len(p)), o.fileSize-off)]
	return len(p), readFull(o.file, p, off)
}

// hole says where bytes behind the end of the file are in no write, "" when
// none are. A log holds all that a hive grows by.
func (o *overlay) hole() string {
	end := o.fileSize
	if o.head != nil {
		end = max(end, baseSize)
	}
	for _, w := range o.writes {
		if w.to > end {
			break
		}
		end = max(end, w.to+w.n)
	}
	if end < o.size {
		return fmt.Sprintf("the file ends at %#x, and the logs do not have what belongs behind it at %#x", o.fileSize, end)
	}
	return ""
}
