package fattest

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs/fat/check"
	"github.com/bootmend/bootmend/tests/volume"
)

var le = binary.LittleEndian

// filled is a FAT32 volume that mtools has filled, not we.
func filled(tb testing.TB) string {
	tb.Helper()
	image := format(tb, geometry{"", 40 << 20, []string{"-F", "32", "-s", "1"}})
	dir := tb.TempDir()
	rng := rand.New(rand.NewPCG(seed, 0))
	for _, name := range []string{"FILE", "A long name.txt", "OTHER"} {
		if err := os.WriteFile(dir+"/"+name, content(rng, 3000), 0o666); err != nil {
			tb.Fatal(err)
		}
		dos.Must(tb, "mcopy", "-i", image, dir+"/"+name, "::")
	}
	dos.Must(tb, "mmd", "-i", image, "::DIR")
	if err := fsck(image); err != nil {
		tb.Fatal(err)
	}
	return image
}

// TestOraclesReject: fsck.vfat, by which everything else is judged, and our
// own check find planted faults.
func TestOraclesReject(t *testing.T) {
	image := filled(t)
	sound, err := os.ReadFile(image)
	if err != nil {
		t.Fatal(err)
	}
	v := open(t, image)
	boot := v.Boot()
	fat0 := boot.ReservedSectors * 512
	fat1 := fat0 + int(boot.SectorsPerFAT)*512
	root := fat1 + int(boot.SectorsPerFAT)*512
	entry := func(name string) int { // offset of an 8.3 entry in the root
		for at := root; at < root+512; at += 32 {
			if string(sound[at:at+11]) == name {
				return at
			}
		}
		t.Fatal(name, "is not there")
		return 0
	}
	file, other := entry("FILE       "), entry("OTHER      ")
	first := int(le.Uint16(sound[file+26:]))
	both := func(b []byte, n int, to uint32) {
		le.PutUint32(b[fat0+4*n:], to)
		le.PutUint32(b[fat1+4*n:], to)
	}
	for name, plant := range map[string]func(b []byte){
		"FATs differ":        func(b []byte) { le.PutUint32(b[fat1+4*first:], 0x0fffffff) },
		"lost clusters":      func(b []byte) { both(b, 60_000, 0x0fffffff) },
		"shared clusters":    func(b []byte) { copy(b[other+26:other+28], b[file+26:]) },
		"chain too short":    func(b []byte) { both(b, first, 0x0fffffff) },
		"chain into free":    func(b []byte) { both(b, first, 60_000) },
		"chain outside":      func(b []byte) { both(b, first, 900_000) },
		"start at 0":         func(b []byte) { le.PutUint16(b[file+26:], 0) },
		"size":               func(b []byte) { le.PutUint32(b[file+28:], 90_000) },
		"free count":         func(b []byte) { b[512+488]++ },
		"dirty":              func(b []byte) { b[0x41] |= 1 },
		"name twice":         func(b []byte) { copy(b[other:], "FILE       ") },
		"long name checksum": func(b []byte) { b[entry("ALONGN~1TXT")-32+13]++ },
		"dot-dot": func(b []byte) {
			n := int(le.Uint16(b[entry("DIR        ")+26:]))
			b[root+(n-2)*512+32+26] = 9
		},
	} {
		b := append([]byte(nil), sound...)
		plant(b)
		if err := os.WriteFile(image, b, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := fsck(image); err == nil {
			t.Errorf("%s: fsck.vfat finds nothing", name)
		}
		if r, err := check.Volume(volume.Open(t, image)); err != nil || r.Sound() {
			t.Errorf("%s: our check finds nothing, %v", name, err)
		}
	}
}
