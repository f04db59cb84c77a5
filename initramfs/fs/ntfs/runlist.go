package ntfs

// hole is the LCN of a run that is not allocated.
const hole LCN = -1

// run is a stretch of clusters of a stream that lie together.
type run struct {
	vcn VCN
	lcn LCN // or hole
	n   int64
}

func (r run) end() VCN { return r.vcn + VCN(r.n) }

// decodeRuns decodes mapping pairs: a header byte whose low nibble is the size
// of the length field and whose high nibble that of the LCN delta (0: a hole),
// both little-endian and signed, closed by a zero byte. first is the VCN of the
// first run, next the one behind the last; the runs must fill exactly that and
// stay inside a volume of clusters clusters.
func decodeRuns(b []byte, first, next VCN, clusters int64, what string) ([]run, error) {
	var runs []run
	vcn, lcn := first, LCN(0)
	for pos := 0; ; {
		if pos >= len(b) {
			return nil, damaged(what, int64(pos), "run list without an end")
		}
		nlen, nlcn := int(b[pos]&0x0f), int(b[pos]>>4)
		if b[pos] == 0 {
			break
		}
		if nlen == 0 || nlen > 8 || nlcn > 8 || pos+1+nlen+nlcn > len(b) {
			return nil, damaged(what, int64(pos), "run header %#02x, %d bytes left", b[pos], len(b)-pos-1)
		}
		n := signed(b[pos+1 : pos+1+nlen])
		if n <= 0 || n > int64(next-vcn) {
			return nil, damaged(what, int64(pos), "run of %d clusters at VCN %d, the attribute ends at VCN %d", n, vcn, next)
		}
		r := run{vcn: vcn, lcn: hole, n: n}
		if nlcn > 0 {
			lcn += LCN(signed(b[pos+1+nlen : pos+1+nlen+nlcn])) // wraps harmlessly, checked below
			if lcn < 0 || int64(lcn) >= clusters || n > clusters-int64(lcn) {
				return nil, damaged(what, int64(pos), "run of %d clusters at LCN %d, the volume has %d", n, lcn, clusters)
			}
			r.lcn = lcn
		}
		runs = append(runs, r)
		vcn += VCN(n)
		pos += 1 + nlen + nlcn
	}
	if vcn != next {
		return nil, damaged(what, 0, "run list ends at VCN %d, want %d", vcn, next)
	}
	return runs, nil
}

// signed decodes a little-endian two's complement number of 1 to 8 bytes.
func signed(b []byte) int64 {
	var u uint64
	for i, c := range b {
		u |= uint64(c) << (8 * i)
	}
	shift := 64 - 8*len(b)
	return int64(u<<shift) >> shift
}
