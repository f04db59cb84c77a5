package fat

import (
	"fmt"
	"io"
	iofs "io/fs"
	"sync"

	"github.com/diskfs/go-diskfs/filesystem"
	"github.com/diskfs/go-diskfs/filesystem/fat12"
	"github.com/diskfs/go-diskfs/filesystem/fat16"
	"github.com/diskfs/go-diskfs/filesystem/fat32"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// maxDirectory is the largest directory that FAT allows: 65,536 entries.
const maxDirectory = 65536 * 32

// library is what is used of go-diskfs' file systems.
type library interface {
	ReadDir(path string) ([]iofs.DirEntry, error)
	OpenFile(path string, flag int) (filesystem.File, error)
}

// Volume is an open FAT volume.
type Volume struct {
	dev   block.Device
	boot  *BootSector
	state State

	mu   sync.Mutex // the library is not safe for concurrent use
	view *view
	lib  library
}

var _ fs.FS = (*Volume)(nil)

// State is what the second entry of the active FAT says; FAT12 has no room for
// it.
type State struct {
	Dirty    bool // not dismounted in order
	HadError bool // a read or write error was met
}

// Open reads the boot sector and the active FAT of the volume dev.
func Open(dev block.Device) (*Volume, error) {
	sector := make([]byte, 512)
	if n, err := dev.ReadAt(sector, 0); n < len(sector) {
		if err == nil || err == io.EOF {
			return nil, damaged("FAT boot sector", "the volume has only %d bytes", n)
		}
		return nil, fmt.Errorf("FAT boot sector: %w", err)
	}
	boot, err := ParseBoot(sector, dev.Size())
	if err != nil {
		return nil, err
	}
	if err := boot.checkSupported(); err != nil {
		return nil, err
	}
	v := &Volume{dev: dev, boot: boot, view: &view{dev: dev, boot: boot, fsInfo: -1}}
	if err := v.readFAT(); err != nil {
		return nil, err
	}
	if boot.Kind == fs.FAT32 {
		v.view.fsInfo = int64(le.Uint16(sector[0x30:])) * int64(boot.BytesPerSector)
	}
	if err := v.openLibrary(); err != nil {
		return nil, err
	}
	v.view.fat = nil
	return v, nil
}

// checkSupported refuses what the library would read wrongly.
func (s *BootSector) checkSupported() error {
	switch {
	case s.fatBytes() > maxFAT:
		return unsupported("FAT", "%d bytes long, at most %d are read", s.fatBytes(), int64(maxFAT))
	case s.Kind != fs.FAT32 && s.BytesPerSector != 512, s.BytesPerSector != 512 && s.BytesPerSector != 4096:
		return unsupported("FAT", "sectors of %d bytes", s.BytesPerSector)
	case s.Kind == fs.FAT32 && s.RootCluster != 2:
		return unsupported("FAT32", "root directory at cluster %d", s.RootCluster)
	case s.FATs != 2:
		return unsupported("FAT", "%d FATs", s.FATs)
	}
	return nil
}

// readFAT reads the active FAT, takes the volume's state from it and makes the
// copy that the library may see.
func (v *Volume) readFAT() error {
	t := table{kind: v.boot.Kind, b: make([]byte, v.boot.fatBytes())}
	off := v.boot.fatOffset(v.boot.ActiveFAT)
	if n, err := v.dev.ReadAt(t.b, off); n < len(t.b) {
		return fmt.Errorf("FAT at %#x: %w", off, err)
	}
	switch e := t.get(1); t.kind {
	case fs.FAT16:
		v.state = State{Dirty: e&0x8000 == 0, HadError: e&0x4000 == 0}
	case fs.FAT32:
		v.state = State{Dirty: e&0x08000000 == 0, HadError: e&0x04000000 == 0}
	}
	last := uint32(v.boot.Clusters + 1)
	t.cutLoops(last)
	if t.kind == fs.FAT32 {
		if n := t.chainLength(2, last) * v.clusterSize(); n > maxDirectory+v.clusterSize() {
			return damaged("root directory", "its chain has %d bytes", n)
		}
	}
	v.view.fat = t.b
	return nil
}

func (v *Volume) openLibrary() error {
	var lib library
	err := v.call(func() (err error) {
		switch v.boot.Kind {
		case fs.FAT12:
			lib, err = fat12.Read(v.view, v.dev.Size(), 0, 0)
		case fs.FAT16:
			lib, err = fat16.Read(v.view, v.dev.Size(), 0, 0)
		default:
			lib, err = fat32.Read(v.view, v.dev.Size(), 0, int64(v.boot.BytesPerSector))
		}
		if err != nil {
			return fmt.Errorf("%w: %w", err, fs.ErrUnsupported)
		}
		return nil
	})
	v.lib = lib
	return err
}

// call runs code of the library. A panic in it is taken for damage: the
// library indexes with numbers from the disk that it has not checked. An error
// of the Device wins, because the library drops those of directories and would
// show an unreadable one as empty.
func (v *Volume) call(fn func() error) (err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.view.err = nil
	defer func() {
		if p := recover(); p != nil {
			err = damaged("FAT volume", "the FAT library panicked: %v", p)
		}
		if v.view.err != nil {
			err = fmt.Errorf("FAT volume: %w", v.view.err)
		}
	}()
	return fn()
}

// Kind is fs.FAT12, fs.FAT16 or fs.FAT32.
func (v *Volume) Kind() fs.Kind { return v.boot.Kind }

// Boot is the boot sector as it was when the volume was opened.
func (v *Volume) Boot() *BootSector { return v.boot }

// State is what the FAT said when the volume was opened.
func (v *Volume) State() State { return v.state }

func (v *Volume) clusterSize() int64 {
	return int64(v.boot.SectorsPerCluster) * int64(v.boot.BytesPerSector)
}
