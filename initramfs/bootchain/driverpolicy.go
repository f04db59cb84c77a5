package bootchain

import (
	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// elementDriverPolicy is driverloadfailurepolicy of a loader object: 0 every boot
// driver that cannot be loaded is fatal, 1 its ErrorControl counts.
const elementDriverPolicy = 0x250000c1

// EveryDriverCounts reports whether a loader of a store on the disk of the
// installation gives up over any boot driver that cannot be loaded, whatever its
// ErrorControl says. Stores that cannot be read say nothing.
func EveryDriverCounts(w *inspect.Installation) bool {
	if !edition.NT6 {
		return false // NTLDR knows no such policy
	}
	for _, v := range w.Volume.Disk.Volumes {
		if v.FS == nil {
			continue
		}
		for _, path := range StorePaths() {
			if store, err := OpenStore(v, path); err == nil && strictLoader(store) {
				return true
			}
		}
	}
	return false
}

func strictLoader(s *bcd.Store) bool {
	for _, o := range s.Objects {
		if o.Type != bcd.TypeLoader {
			continue
		}
		for _, e := range o.Elements {
			if e.Type == elementDriverPolicy {
				n, err := e.Integer()
				return err == nil && n == 0
			}
		}
	}
	return false
}
