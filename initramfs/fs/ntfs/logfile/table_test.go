package logfile

import (
	"errors"
	"slices"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// table makes a dump of entries of 28 bytes; those named are in use.
func table(entries, said int, used ...int) []byte {
	b := make([]byte, tableHeader+entries*openAttrNew)
	le.PutUint16(b[tableEntry:], openAttrNew)
	le.PutUint16(b[tableEntries:], uint16(entries))
	le.PutUint16(b[tableUsed:], uint16(said))
	for _, i := range used {
		le.PutUint32(b[tableHeader+i*openAttrNew:], entryInUse)
	}
	return b
}

// TestTableWithHoles: what was closed leaves a hole, and what follows counts.
func TestTableWithHoles(t *testing.T) {
	for name, tt := range map[string]struct {
		dump []byte
		keys []int
		err  error
	}{
		"no holes":       {table(4, 2, 0, 1), []int{0x18, 0x40}, nil},
		"holes":          {table(4, 2, 1, 3), []int{0x40, 0x90}, nil},
		"wrong number":   {table(4, 2, 1), nil, fs.ErrDamaged},
		"does not fit":   {table(4, 1, 1)[:tableHeader+100], nil, fs.ErrDamaged},
		"header is torn": {make([]byte, 8), nil, fs.ErrDamaged},
		"empty":          {nil, nil, nil},
	} {
		var keys []int
		err := eachEntry(name, tt.dump, openAttrNew, func(key int, _ []byte) error {
			keys = append(keys, key)
			return nil
		})
		if !errors.Is(err, tt.err) || err == nil && !slices.Equal(keys, tt.keys) {
			t.Errorf("%s: %#x, %v", name, keys, err)
		}
	}
}
