package ntfs

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// attrObjectID is the type of $OBJECT_ID, a GUID by which links find a file.
const attrObjectID attrType = 0x40

// Collation rules of the indexes in \$Extend.
const (
	collateUlong  = 0x10
	collateUlongs = 0x13
)

// dropTraces removes what the files of \$Extend know of a file that is
// deleted: its object ID, its reparse point, and what it takes of a quota.
func (c *change) dropTraces(f *editFile) error {
	if a := f.find(attrObjectID, nil); a != nil && !a.nonRes && len(a.value) >= 16 {
		if err := c.dropKey(`\$Extend\$ObjId`, "$O", a.value[:16]); err != nil {
			return err
		}
	}
	if err := c.dropReparse(f); err != nil {
		return err
	}
	return c.dropQuota(f)
}

// dropReparse removes the reparse point of a file from the index of all.
func (c *change) dropReparse(f *editFile) error {
	a := f.find(attrReparsePoint, nil)
	if a == nil {
		return nil
	}
	b, err := c.valueOf(a, maxSecurity)
	if err != nil || len(b) < 4 {
		return errors.Join(err, orShort(f.what(), len(b)))
	}
	key := make([]byte, 12)
	copy(key, b[:4])
	le.PutUint64(key[4:], uint64(f.ref()))
	return c.dropKey(`\$Extend\$Reparse`, "$R", key)
}

func orShort(what string, n int) error {
	if n < 4 {
		return damaged(what, 0, "$REPARSE_POINT of %d bytes", n)
	}
	return nil
}

// dropKey deletes a key from an index of \$Extend. A volume without the file,
// or a file without the key, has nothing to be deleted.
func (c *change) dropKey(path, index string, key []byte) error {
	t, err := c.viewTree(path, index)
	if err != nil || t == nil {
		return err
	}
	if err := t.delete(key); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s:%s: %w", path, index, err)
	}
	return nil
}

// viewTree opens an index whose keys are numbers; nil when there is none.
func (c *change) viewTree(path, index string) (*tree, error) {
	n, err := c.find(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f, err := c.load(n.inode)
	if err != nil {
		return nil, err
	}
	name := fs.EncodeName(index)
	root := f.find(attrIndexRoot, name)
	if root == nil {
		return nil, nil
	}
	if root.nonRes || len(root.value) < rootHeader {
		return nil, damaged(path, 0, "no resident $INDEX_ROOT %s", index)
	}
	if rule := le.Uint32(root.value[4:]); rule != collateUlong && rule != collateUlongs {
		return nil, unsupported(path, fmt.Sprintf("index %s with collation %#x", index, rule))
	}
	return c.tree(f, name, compareUlongs)
}

// compareUlongs orders keys as sequences of numbers of 32 bits.
func compareUlongs(a, b []byte) int {
	for i := 0; i+4 <= min(len(a), len(b)); i += 4 {
		if r := cmp.Compare(le.Uint32(a[i:]), le.Uint32(b[i:])); r != 0 {
			return r
		}
	}
	return len(a) - len(b)
}
