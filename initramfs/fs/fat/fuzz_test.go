package fat

import (
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// FuzzVolume changes bytes of the boot sector, the FATs and the directories:
// four bytes each, position (u16), value, and one unused.
func FuzzVolume(f *testing.F) {
	f.Add(true, []byte{})
	f.Add(false, []byte{2, 3, 3, 0})
	f.Fuzz(func(t *testing.T, wide bool, patch []byte) {
		if len(patch) > 256 {
			return
		}
		kind := fs.FAT12
		if wide {
			kind = fs.FAT32
		}
		v := newImage(t, kind)
		v.fill()
		for ; len(patch) >= 4; patch = patch[4:] {
			v.b[(int(patch[0])<<8|int(patch[1]))%(24*512)] = patch[2]
		}
		o, err := Open(v)
		if err != nil {
			return
		}
		exercise(o, `\`, 0)
	})
}

func exercise(v *Volume, dir string, depth int) {
	list, err := v.ReadDir(dir)
	if err != nil || depth == 3 {
		return
	}
	for _, i := range list[:min(len(list), 6)] {
		path := fs.JoinPath(dir, i.Name)
		if i.IsDir() {
			exercise(v, path, depth+1)
		}
		if f, err := v.Open(path); err == nil {
			_, _ = f.ReadAt(make([]byte, 5000), 0)
		}
	}
}
