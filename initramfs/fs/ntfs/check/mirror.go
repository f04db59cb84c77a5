package check

import (
	"bytes"
	"fmt"
)

// mirrored is the number of records that $MFTMirr holds for certain: Windows
// 10 leaves the rest of its cluster as it was.
const mirrored = 4

// checkMirror compares $MFTMirr with the first four records of $MFT. A record
// that is damaged in $MFT is taken from the mirror, as Windows does it when it
// mounts; otherwise $MFT is right.
func (c *checker) checkMirror() error {
	size := int64(c.boot.RecordSize)
	f, err := c.reload(1)
	if err != nil {
		return err
	}
	at := int64(c.boot.MFTMirr) * c.clusterSize
	if f != nil {
		if parts := f.find(typeData, ""); len(parts) == 0 || len(c.join(parts).runs) == 0 || int64(c.join(parts).runs[0].lcn) != int64(c.boot.MFTMirr) {
			c.bad(Mirror, 1, "$DATA", -1, fmt.Sprintf("a run at LCN %d, as the boot sector says", c.boot.MFTMirr), "another")
		}
	}
	a, b := make([]byte, size), make([]byte, size)
	for no := range int64(mirrored) {
		if err := c.readAt(b, at+no*size); err != nil {
			return err
		}
		if err := c.mft.readAt(c, a, no*size); err != nil {
			return err
		}
		if err := c.compareMirror(no, a, b); err != nil {
			return err
		}
	}
	return nil
}

// compareMirror judges a record and its copy.
func (c *checker) compareMirror(no int64, own, mirror []byte) error {
	if bytes.Equal(own, mirror) {
		return nil
	}
	i := 0
	for own[i] == mirror[i] {
		i++
	}
	if c.sound(own, no) == nil && c.sound(mirror, no) != nil {
		c.note(Problem{Kind: Record, Record: no, Place: "record", Off: int64(i), Mendable: true,
			Expected: fmt.Sprintf("a sound record, as in $MFTMirr (%#02x here)", mirror[i]), Actual: fmt.Sprintf("a damaged one (%#02x)", own[i])})
		return c.putStream(Record, c.mft, mirror, no*int64(len(own)))
	}
	sound := c.sound(own, no) != nil
	c.note(Problem{Kind: Mirror, Record: NoRecord, Place: fmt.Sprintf("$MFTMirr's copy of record %d", no), Off: int64(i), Mendable: sound,
		Expected: fmt.Sprintf("%#02x, as in $MFT", own[i]), Actual: fmt.Sprintf("%#02x", mirror[i])})
	if !sound {
		return nil
	}
	return c.put(Mirror, own, int64(c.boot.MFTMirr)*c.clusterSize+no*int64(len(own)))
}
