package blocktest_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/block/journal/filehome"
	"github.com/bootmend/bootmend/initramfs/block/overlay"
)

// TestStacksConform runs the suite over Devices as they lie upon each other in
// the engine.
func TestStacksConform(t *testing.T) {
	section := func(t *testing.T, dev block.Device) block.Device {
		s, err := block.NewSection(dev, block.Range{Off: 1024, Len: 40 << 10})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, open := range map[string]func(t *testing.T) block.Device{
		// A volume of a disk in rehearsal, with the sector size of its table.
		"SectionOfSectorSizeOfOverlay": func(t *testing.T) block.Device {
			return section(t, block.WithSectorSize(overlay.New(mem()), 4096))
		},
		// An overlay of a volume.
		"OverlayOfSection": func(t *testing.T) block.Device { return overlay.New(section(t, mem())) },
		// A rehearsal on top of the view of a journal.
		"OverlayOfOverlay":    func(*testing.T) block.Device { return overlay.New(overlay.New(mem())) },
		"OverlayShortSector":  func(*testing.T) block.Device { return overlay.New(blocktest.NewMem(make([]byte, size+100), 512)) },
		"Overlay4Kn":          func(*testing.T) block.Device { return overlay.New(blocktest.NewMem(make([]byte, size), 4096)) },
		"SectorSizeOfSection": func(t *testing.T) block.Device { return block.WithSectorSize(section(t, mem()), 2048) },
		"RecordedBad":         func(*testing.T) block.Device { return new(blocktest.Log).Record(blocktest.NewBad(mem())) },
		"OverlayOfReadOnly": func(t *testing.T) block.Device {
			path := filepath.Join(t.TempDir(), "disk.raw")
			if err := os.WriteFile(path, make([]byte, size), 0o400); err != nil {
				t.Fatal(err)
			}
			f, err := block.OpenReadOnly(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { f.Close() })
			return overlay.New(f)
		},
		"JournalFile": func(t *testing.T) block.Device {
			f, err := filehome.Create(filepath.Join(t.TempDir(), "journal"), size)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { f.Close() })
			return f
		},
	} {
		t.Run(name, func(t *testing.T) { blocktest.Conform(t, open) })
	}
}

// TestUnreadable: a disk that could not be opened has no size and gives its
// error for everything, also through what lies above it.
func TestUnreadable(t *testing.T) {
	gone := errors.New("no such device")
	for name, d := range map[string]block.Device{
		"Unreadable":     block.Unreadable(gone),
		"WithSectorSize": block.WithSectorSize(block.Unreadable(gone), 4096),
		"Overlay":        overlay.New(block.Unreadable(gone)),
	} {
		if n, err := d.ReadAt(make([]byte, 10), 0); n != 0 || !errors.Is(err, gone) {
			t.Errorf("%s: ReadAt = %d, %v", name, n, err)
		}
		if n, err := d.WriteAt(make([]byte, 10), 0); n != 0 || err == nil {
			t.Errorf("%s: WriteAt = %d, %v", name, n, err)
		}
		if s := d.SectorSize(); d.Size() != 0 || s < 512 || s&(s-1) != 0 {
			t.Errorf("%s: Size %d, SectorSize %d", name, d.Size(), s)
		}
	}
	if err := block.Unreadable(gone).Flush(); !errors.Is(err, gone) {
		t.Errorf("Flush = %v", err)
	}
	if _, err := block.NewSection(block.Unreadable(gone), block.Range{Len: 512}); !errors.Is(err, block.ErrBounds) {
		t.Errorf("NewSection = %v", err)
	}
}

// TestBadConforms: a disk with bad sectors is a Device like any other where it
// is sound.
func TestBadConforms(t *testing.T) {
	blocktest.Conform(t, func(t *testing.T) block.Device {
		b := blocktest.NewBad(blocktest.NewMem(make([]byte, 2*size), 512))
		b.Unreadable = []block.Range{{Off: 0, Len: 512}, {Off: size + 512, Len: 1024}}
		b.Unwritable = b.Unreadable
		s, err := block.NewSection(b, block.Range{Off: 512, Len: size})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
