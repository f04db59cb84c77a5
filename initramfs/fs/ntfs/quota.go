package ntfs

import (
	"errors"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// Offsets in the data of an entry of $Quota:$Q, whose key is the number of an
// owner.
const (
	quotaVersion = 0x00
	quotaFlags   = 0x04
	quotaUsed    = 0x08
	quotaLeast   = quotaUsed + 8
)

// quotaDefaults is the owner whose entry speaks of the whole volume.
const quotaDefaults = 1

// Flags of an entry of $Q.
const (
	quotaTracked        = 0x0010
	quotaTrackingWanted = 0x0040
	quotaOutOfDate      = 0x0200
	quotaPendingDeletes = 0x0800
)

// quotaEntry opens the entry of an owner in $Q, to be changed: nil when there
// is none. changed is to be called after a change of its bytes.
func (c *change) quotaEntry(owner []byte) (b []byte, changed func(), err error) {
	t, err := c.viewTree(`\$Extend\$Quota`, "$Q")
	if err != nil || t == nil {
		return nil, nil, err
	}
	path, exact, err := t.descend(owner)
	if err != nil || !exact {
		return nil, nil, err
	}
	s := path[len(path)-1]
	body := s.n.entries[s.i].body
	off, n := int(le.Uint16(body)), int(le.Uint16(body[2:]))
	if n < quotaLeast || off < 0x10 || off+n > len(body) {
		return nil, nil, damaged(t.what, int64(off), "$Q entry with %d bytes of data", n)
	}
	return body[off : off+n], func() { s.n.dirty = true }, nil
}

// dropQuota takes what a file was charged off its owner's account.
func (c *change) dropQuota(f *editFile) error {
	a := f.find(attrStandardInformation, nil)
	if a == nil || a.nonRes || len(a.value) < siSizeNew {
		return nil
	}
	owner, charged := a.value[siOwner:siOwner+4], le.Uint64(a.value[siQuota:])
	if le.Uint32(owner) == 0 || charged == 0 {
		return nil
	}
	b, changed, err := c.quotaEntry(owner)
	if err != nil || b == nil {
		return err
	}
	used := le.Uint64(b[quotaUsed:])
	le.PutUint64(b[quotaUsed:], used-min(charged, used))
	changed()
	return nil
}

// outdateQuota tells Windows to count anew what each owner uses, where it
// counts: what this package writes is charged to nobody. Linux's driver ntfs
// does the same when it mounts a volume (fs/ntfs/quota.c). A damaged $Quota is
// left to chkdsk, and is no reason not to write elsewhere.
func (c *change) outdateQuota() error {
	if c.hints.quotaOld || c.major < 3 {
		return nil
	}
	c.hints.quotaOld = true // also when there is nothing to be told
	var owner [4]byte
	le.PutUint32(owner[:], quotaDefaults)
	b, changed, err := c.quotaEntry(owner[:])
	if errors.Is(err, fs.ErrDamaged) || errors.Is(err, fs.ErrUnsupported) {
		return nil
	}
	if err != nil || b == nil || le.Uint32(b[quotaVersion:]) != 2 {
		return err
	}
	flags := le.Uint32(b[quotaFlags:])
	if flags&quotaOutOfDate != 0 || flags&(quotaTracked|quotaTrackingWanted|quotaPendingDeletes) == 0 {
		return nil
	}
	le.PutUint32(b[quotaFlags:], flags|quotaOutOfDate)
	changed()
	return nil
}
