package iso

import (
	"fmt"
	"os"
)

// TypeFAT32 is the partition type of FAT32 with LBA.
const TypeFAT32 = 0x0C

// Data is a partition behind the hybrid image.
type Data struct {
	Size int64 // bytes, whole MiB
	// Content is told how many sectors precede it.
	Content func(hidden uint32) ([]byte, error)
}

// stick is a hybrid image that gets a partition of data behind it.
type stick struct {
	*os.File
	data      Data
	mbr       []byte
	imageSize int64 // bytes, whole cylinders
}

// openStick opens the hybrid image that Write made at name.
func openStick(name string, data Data) (*stick, error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	s := &stick{File: f, data: data, mbr: make([]byte, sectorSize)}
	info, err := f.Stat()
	if err == nil {
		_, err = f.ReadAt(s.mbr, 0)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	s.imageSize = (info.Size() + cylinderSize - 1) / cylinderSize * cylinderSize
	if s.slot(0)[4] != 0 || s.slot(1)[4] != typeESP || s.slot(2)[4] != 0 || s.mbr[mbrSignature] != 0x55 {
		f.Close()
		return nil, fmt.Errorf("%s: no hybrid image, or it has a partition behind it already", name)
	}
	if (s.imageSize+data.Size+cylinderSize)/sectorSize > 1<<32-1 {
		f.Close()
		return nil, fmt.Errorf("%s: a partition of %d bytes is too large for an MBR", name, data.Size)
	}
	return s, nil
}

// slot is one of the four entries of the MBR.
func (s *stick) slot(n int) []byte { return s.mbr[mbrEntries+n*mbrEntrySize:][:mbrEntrySize] }

// putData makes the stick size bytes long and writes the data behind the image.
func (s *stick) putData(size int64) error {
	b, err := s.data.Content(uint32(s.imageSize / sectorSize))
	if err != nil {
		return err
	}
	if int64(len(b)) != s.data.Size {
		return fmt.Errorf("content of %d bytes for a partition of %d", len(b), s.data.Size)
	}
	if err := s.Truncate(size); err != nil {
		return err
	}
	_, err = s.WriteAt(b, s.imageSize)
	return err
}

// AppendMBR adds a partition behind the hybrid image at name. It gets the second entry of
// the MBR and the ESP the third: of a stick that says to be removable, Windows before
// 10 version 1703 shows only the first partition that it can read.
func AppendMBR(name string, data Data) error {
	s, err := openStick(name, data)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.putData(s.imageSize + data.Size); err != nil {
		return err
	}
	copy(s.slot(2), s.slot(1))
	putEntry(s.slot(1), 0, TypeFAT32, uint32(s.imageSize/sectorSize), uint32(data.Size/sectorSize))
	if _, err := s.WriteAt(s.mbr, 0); err != nil {
		return err
	}
	return s.Close()
}
