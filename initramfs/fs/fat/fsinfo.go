package fat

import (
	"bytes"
	"fmt"
)

// Offsets in the FSInfo sector of FAT32.
const (
	fsInfoLead   = 0x000 // "RRaA"
	fsInfoSig    = 0x1e4 // "rrAa"
	fsInfoFree   = 0x1e8 // u32, FFFFFFFF: unknown
	fsInfoNext   = 0x1ec // u32, where to look for a free cluster
	fsInfoTail   = 0x1fc // u32 AA550000
	fsInfoLength = 0x200
)

// fsInfo reads the FSInfo sector; nil when there is none or when its
// signatures are wrong, which Windows accepts as well.
func (v *Volume) fsInfo() (b []byte, off int64, err error) {
	if v.boot.FSInfo == 0 {
		return nil, 0, nil
	}
	b, off = make([]byte, fsInfoLength), int64(v.boot.FSInfo)*int64(v.boot.BytesPerSector)
	if err := v.read(b, off); err != nil {
		return nil, 0, fmt.Errorf("FSInfo: %w", err)
	}
	if le.Uint32(b[fsInfoLead:]) != 0x41615252 || le.Uint32(b[fsInfoSig:]) != 0x61417272 || le.Uint32(b[fsInfoTail:]) != 0xaa550000 {
		return nil, 0, nil
	}
	return b, off, nil
}

// nextFree is where the first search for a free cluster starts.
func (v *Volume) nextFree() (Cluster, error) {
	b, _, err := v.fsInfo()
	if err != nil || b == nil {
		return 2, err
	}
	if c := Cluster(le.Uint32(b[fsInfoNext:])); v.boot.valid(c) {
		return c, nil
	}
	return 2, nil
}

// writeFSInfo records the number of free clusters where it changed, and the
// end of the last search. The copy beside the backup boot sector is left
// alone, as Windows does.
func (o *op) writeFSInfo() error {
	b, off, err := o.v.fsInfo()
	if err != nil {
		return err
	}
	next := o.v.next
	if o.next != 0 {
		next = o.next
	}
	if b != nil && (o.delta != 0 || o.next != 0) {
		before := bytes.Clone(b[fsInfoFree : fsInfoNext+4])
		le.PutUint32(b[fsInfoFree:], uint32(o.v.free))
		if o.next != 0 {
			le.PutUint32(b[fsInfoNext:], uint32(o.next-1))
		}
		if err := o.write(b[fsInfoFree:fsInfoNext+4], before, off+fsInfoFree); err != nil {
			return fmt.Errorf("FSInfo: %w", err)
		}
	}
	o.v.next = next
	return nil
}
