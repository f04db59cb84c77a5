package check

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
)

// hole is the LCN of a run that is not allocated.
const hole ntfs.LCN = -1

// run is a stretch of clusters.
type run struct {
	vcn ntfs.VCN
	lcn ntfs.LCN
	n   int64
}

func (r run) end() ntfs.VCN { return r.vcn + ntfs.VCN(r.n) }

// mappingPairs decodes a run list from VCN first on. The error says what is
// wrong; the runs before it are returned with it.
func mappingPairs(b []byte, first ntfs.VCN, clusters int64) ([]run, error) {
	var runs []run
	vcn, lcn := first, int64(0)
	for pos := 0; ; {
		if pos >= len(b) {
			return runs, fmt.Errorf("no end mark in %d bytes", len(b))
		}
		if b[pos] == 0 {
			return runs, nil
		}
		nlen, nlcn := int(b[pos]&15), int(b[pos]>>4)
		if nlen < 1 || nlen > 8 || nlcn > 8 || pos+1+nlen+nlcn > len(b) {
			return runs, fmt.Errorf("header %#02x with %d bytes left", b[pos], len(b)-pos)
		}
		n := number(b[pos+1 : pos+1+nlen])
		if n <= 0 || int64(vcn) > 1<<62-n {
			return runs, fmt.Errorf("a run of %d clusters at VCN %d", n, vcn)
		}
		r := run{vcn: vcn, lcn: hole, n: n}
		if nlcn > 0 {
			lcn += number(b[pos+1+nlen : pos+1+nlen+nlcn])
			if lcn < 0 || lcn >= clusters || n > clusters-lcn {
				return runs, fmt.Errorf("a run of %d clusters at LCN %d, the volume has %d", n, lcn, clusters)
			}
			r.lcn = ntfs.LCN(lcn)
		}
		runs = append(runs, r)
		vcn += ntfs.VCN(n)
		pos += 1 + nlen + nlcn
	}
}

// number decodes a little-endian number in two's complement.
func number(b []byte) int64 {
	n := int64(int8(b[len(b)-1]))
	for i := len(b) - 2; i >= 0; i-- {
		n = n<<8 | int64(b[i])
	}
	return n
}
