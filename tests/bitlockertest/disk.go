package bitlockertest

import (
	"strconv"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/tool"
)

// WindowsPartition is the encrypted partition of Disk.
const WindowsPartition = 3

// Disk is a small disk whose Windows 10 lies in a volume that how encrypts: Encrypt or
// Suspended. What is wrong with it is what the guest's description says of its machines.
func Disk(t testing.TB, how func(image string, off, size int64) error) (image string, g *guests.Guest) {
	t.Helper()
	g = guests.MustLoad(t, "win10-x64").With(1, guests.Entry{Kind: guests.Text, Path: `\note.txt`, Data: []byte("small")})
	p := g.Partition(WindowsPartition)
	p.Size = 64 << 20
	g.Size = p.Start + p.Size + 4<<20
	image = g.Build(t)
	p = g.Partition(WindowsPartition)
	tool.Need(t, "sgdisk")
	sectors := func(bytes int64) string { return strconv.FormatInt(bytes/sector, 10) }
	tool.Must(t, "sgdisk", "-d", "3", "-n", "3:"+sectors(p.Start)+":"+sectors(p.Start+p.Size+Tail-1), "-t", "3:"+p.Type, "-u", "3:"+p.GUID, "-c", "3:"+p.Name, image)
	p.Size += Tail
	if err := how(image, p.Start, p.Size); err != nil {
		t.Fatal(err)
	}
	return image, g
}
