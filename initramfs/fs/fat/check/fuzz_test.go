package check

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/initramfs/fs/scope"
)

// names that operations choose from.
var names = []string{"FILE", "DIR", `DIR\EMPTY`, `DIR\a directory`, `DIR\a directory\X.Y`, `DIR\a file with a long name`, "new",
	"New Name.text", `DIR\NEW`, `DIR\x\y`, strings.Repeat("long ", 50) + "x", `dir\A Directory\` + strings.Repeat("ß", 200)}

// operate does one operation, chosen by three bytes.
func operate(v *fat.Volume, op []byte) error {
	path, n := names[int(op[1])%len(names)], int(op[2])
	switch op[0] % 7 {
	case 0:
		return put(v, path, n*20)
	case 1:
		return v.Resize(path, int64(n*30))
	case 2:
		return v.Mkdir(path)
	case 3:
		return v.Remove(path)
	case 4:
		return v.Rename(path, names[n%len(names)])
	case 5:
		return v.SetAttributes(path, fs.Attributes(n))
	}
	return put(v, fmt.Sprintf("%s\\file number %d", path, n), n%8*600)
}

// typed reports whether err is one of those that a sound volume may give.
func typed(err error) bool {
	for _, want := range []error{nil, fs.ErrNotExist, fs.ErrNotDir, fs.ErrIsDir, fs.ErrExist, fs.ErrNoSpace, fs.ErrNotEmpty, fs.ErrInvalidName} {
		if errors.Is(err, want) {
			return true
		}
	}
	return false
}

// FuzzOperations: after any operations on a sound volume it is sound, and an
// operation that returned an error has changed no structure.
func FuzzOperations(f *testing.F) {
	f.Add(true, []byte{0, 0, 3, 4, 0, 1, 3, 0, 0})
	f.Add(false, []byte{4, 1, 6, 6, 6, 9, 6, 6, 200, 1, 0, 255})
	f.Fuzz(func(t *testing.T, wide bool, ops []byte) {
		if len(ops) > 300 {
			return
		}
		kind := fs.FAT12
		if wide {
			kind = fs.FAT32
		}
		m := format(kind)
		v := open(t, m)
		fill(t, v)
		free, err := v.Free()
		if err != nil {
			t.Fatal(err)
		}
		for ; len(ops) >= 3; ops = ops[3:] {
			err := operate(v, ops)
			if !typed(err) {
				t.Fatalf("%v: %v", ops[:3], err)
			}
			r, bad := Volume(m)
			if bad != nil || !r.Sound() {
				t.Fatalf("%v (%v): %v, %v", ops[:3], err, r, bad)
			}
			now, _ := v.Free()
			if now != r.Free*512 || err != nil && now != free {
				t.Fatalf("%v (%v): %d bytes free, was %d, check says %d", ops[:3], err, now, free, r.Free*512)
			}
			free = now
		}
	})
}

// FuzzDamaged: on volumes with changed bytes nothing panics or runs for ever,
// and a change that fails because of damage writes nothing to structures.
func FuzzDamaged(f *testing.F) {
	f.Add(true, []byte{8, 12, 5}, []byte{0, 0, 3, 3, 0, 0})
	f.Add(false, []byte{0, 0x0d, 2}, []byte{1, 0, 255})
	f.Fuzz(func(t *testing.T, wide bool, patch, ops []byte) {
		if len(patch) > 90 || len(ops) > 60 {
			return
		}
		kind := fs.FAT12
		if wide {
			kind = fs.FAT32
		}
		m := format(kind)
		fill(t, open(t, m))
		for ; len(patch) >= 3; patch = patch[3:] {
			m.b[(int(patch[0])<<8|int(patch[1]))%(30*512)] = patch[2]
		}
		if _, err := Volume(m); err != nil && !errors.Is(err, fs.ErrUnsupported) && !errors.Is(err, fs.ErrDamaged) {
			t.Fatal(err)
		}
		sound := format(kind)
		fill(t, open(t, sound))
		all := []block.Range{{Len: m.Size()}}
		about := scope.Scope{Changes: []scope.Change{{Path: `\DIR`, To: `\x`}, {Path: `\x\a file with a long name`, Content: true}}}
		for _, side := range [][2]*memory{{sound, m}, {m, sound}, {m, m}} {
			if _, err := Within(side[0], side[1], all, about); err != nil && !errors.Is(err, fs.ErrUnsupported) {
				t.Fatal(err)
			}
		}
		v, err := fat.Open(m)
		if err != nil {
			return
		}
		v.AllowDirty(true)
		before := bytes.Clone(m.b[:data32*512])
		for ; len(ops) >= 3; ops = ops[3:] {
			if err := operate(v, ops); errors.Is(err, fs.ErrDamaged) && !bytes.Equal(before, m.b[:data32*512]) {
				t.Fatalf("%v: %v, but reserved sectors or FATs changed", ops[:3], err)
			}
			copy(before, m.b)
		}
	})
}

var _ block.Device = (*memory)(nil)
