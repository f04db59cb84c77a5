package ntfs

import (
	"bytes"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// fuzzVolume is a volume with a bit of everything.
func fuzzVolume() *tVolume {
	v := newTestVolume()
	list := []entry{{name: "dir", no: 30, namespace: nameWin32, sub: -1}, {name: "file", no: 31, namespace: nameWin32, sub: -1},
		{name: "hiberfil.sys", no: 32, namespace: nameWin32, sub: -1}, {name: "list", no: 33, namespace: nameWin32, sub: -1}}
	v.bigDir(recordRoot, nil, 0, entries(recordRoot, list, -1))
	v.dir(30, entry{name: "inner", no: 31, namespace: nameWin32})
	v.file(31, nonResident(attrData, "", 3000, 2500, 0, run{0, tFree + 10, 2}, run{2, tFree + 20, 1}))
	v.file(32, resident(attrData, "", []byte("hibr")))
	item := make([]byte, 0x40)
	for i, typ := range []attrType{attrStandardInformation, attrData} {
		b := item[0x20*i:]
		le.PutUint32(b, uint32(typ))
		b[4], b[7] = 0x20, 0x1a
		le.PutUint64(b[0x10:], uint64(33+i)|1<<48)
	}
	v.record(33, recFlagInUse, stdInfo(0), resident(attrAttributeList, "", item))
	v.extension(34, 33, recFlagInUse, nonResident(attrData, "", 2000, 2000, 0, run{0, tFree + 30, 2}))
	return v
}

// hot are the places that a fuzzer should change: the boot sector, the records
// in use, the index block, the log.
var hot = [...]struct{ off, n int }{{0, 512}, {tMFT * tCluster, 11 * tCluster}, {(tMFT + 30) * tCluster, 5 * tCluster},
	{tFree * tCluster, 512}, {tLog * tCluster, 512}, {tBitmap * tCluster, 128}}

// FuzzVolume changes a sound volume at some places (four bytes each: zone,
// offset in it, new value) and uses everything. Fix-ups protect most words only
// against torn sectors, so that nearly all changes get through.
func FuzzVolume(f *testing.F) {
	base := fuzzVolume().b
	f.Add([]byte{})
	f.Add([]byte{0, 0, 0x0d, 4})
	f.Add([]byte{1, 0, 0x14, 0x40, 3, 0, 0x40, 7})
	f.Fuzz(func(t *testing.T, patch []byte) {
		if len(patch) > 256 {
			return
		}
		dev := &memory{b: bytes.Clone(base)}
		for ; len(patch) >= 4; patch = patch[4:] {
			z := hot[int(patch[0])%len(hot)]
			dev.b[z.off+(int(patch[1])<<8|int(patch[2]))%z.n] = patch[3]
		}
		patched := bytes.Clone(dev.b)
		v, err := Open(dev)
		if err != nil {
			return
		}
		_, _ = v.State()
		exercise(v, `\`, 0)
		// Only what was read was written: nothing may have changed.
		if !bytes.Equal(patched, dev.b) {
			t.Error("the volume changed")
		}
	})
}

// exercise reads a tree to a depth of 4, and writes into every file what it
// holds.
func exercise(v *Volume, dir string, depth int) {
	list, err := v.ReadDir(dir)
	if err != nil || depth == 4 {
		return
	}
	for _, i := range list {
		path := fs.JoinPath(dir, i.Name)
		_, _ = v.Stat(path)
		if i.IsDir() {
			exercise(v, path, depth+1)
		}
		f, err := v.OpenStream(path, "")
		if err != nil {
			continue
		}
		b := make([]byte, 10_000)
		n, _ := f.ReadAt(b, 0)
		_, _ = f.Extents()
		_, _ = f.WriteAt(b[:min(int64(n), f.ValidSize())], 0)
	}
}
