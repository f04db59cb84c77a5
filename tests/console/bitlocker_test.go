package console

import (
	"strconv"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/bitlockertest"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/tool"
)

// encryptedGuest is a disk with a Windows 10 in a volume of BitLocker, its third
// partition.
func encryptedGuest(t *testing.T) string {
	t.Helper()
	tool.Need(t, "sgdisk")
	g := guests.MustLoad(t, "win10-x64")
	p := g.Partition(3)
	p.Size = 200 << 20
	g.Size = p.Start + p.Size + 8<<20
	image := g.Build(t)
	sector := func(n int64) string { return strconv.FormatInt(n/512, 10) }
	size := p.Size + bitlockertest.Tail
	tool.Must(t, "sgdisk", "-d", "3", "-n", "3:"+sector(p.Start)+":"+sector(p.Start+size-1), "-t", "3:"+p.Type, "-u", "3:"+p.GUID, "-c", "3:"+p.Name, image)
	if err := bitlockertest.Encrypt(image, p.Start, size); err != nil {
		t.Fatal(err)
	}
	return image
}

// TestBitLocker: an encrypted Windows is seen once its key was typed; a wrong key is
// refused, and nothing is written by either.
func TestBitLocker(t *testing.T) {
	image := encryptedGuest(t)
	before := hash(t, image)
	s, _ := onDisk(t, "qemu-q35", image, "LANG=C.UTF-8")
	s.Wait("Windows  none was found")
	s.Choose("Repair")
	looked(t, s.Wait("Press K and type its recovery key", "K Key"))
	s.Keys("k")
	looked(t, s.Wait("48 digits"))
	s.Type(strings.Repeat("111111-", 7) + "111111")
	s.Keys("Enter")
	looked(t, s.Wait("The key does not do", "Nothing was written"))
	s.Keys("Enter")
	s.Wait("48 digits")
	for range 8 * 7 {
		s.Keys("BSpace")
	}
	s.Type(bitlockertest.Password)
	s.Keys("Enter")
	looked(t, s.Wait("Why does Windows not start?", "Windows  Windows 10"))
	if hash(t, image) != before {
		t.Error("the disk was written")
	}
}
