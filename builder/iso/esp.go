package iso

import (
	"fmt"
	"os"
	"path"
	"sort"
	"time"

	"github.com/diskfs/go-diskfs/backend/file"
	"github.com/diskfs/go-diskfs/filesystem/fat16"
)

const (
	// espMin is the smallest size at which go-diskfs makes a FAT16 file system
	// (4,085 clusters of two sectors, and the tables).
	espMin   = 4300 << 10
	espLabel = "BOOTMEND"
	mib      = 1 << 20
)

// writeESP makes the EFI system partition's image at name: a FAT16 file system
// with these files. FAT16 because every UEFI reads it and FAT32 would need
// 33 MB.
func writeESP(name string, files map[string][]byte, epoch time.Time) (err error) {
	size := int64(0)
	for _, content := range files {
		size += int64(len(content)+4095) &^ 4095
	}
	size = max(espMin, size+size/16+512<<10)
	size = (size + mib/2 - 1) / (mib / 2) * (mib / 2)
	disk, err := file.CreateFromPath(name, size)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := disk.Close(); err == nil {
			err = cerr
		}
	}()
	fs, err := fat16.Create(disk, size, 0, sectorSize, espLabel, true)
	if err != nil {
		return fmt.Errorf("ESP: %w", err)
	}
	return fillESP(fs, files, epoch)
}

func fillESP(fs *fat16.FileSystem, files map[string][]byte, epoch time.Time) error {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	sort.Strings(names)
	dirs := map[string]bool{}
	for _, name := range names {
		for dir := path.Dir(name); dir != "/"; dir = path.Dir(dir) {
			dirs[dir] = true
		}
		if err := fs.Mkdir(path.Dir(name)); err != nil {
			return fmt.Errorf("ESP: %s: %w", name, err)
		}
		f, err := fs.OpenFile(name, os.O_CREATE|os.O_RDWR)
		if err != nil {
			return fmt.Errorf("ESP: %s: %w", name, err)
		}
		if _, err := f.Write(files[name]); err != nil {
			return fmt.Errorf("ESP: %s: %w", name, err)
		}
		if err := f.Close(); err != nil {
			return fmt.Errorf("ESP: %s: %w", name, err)
		}
	}
	for dir := range dirs {
		names = append(names, dir, dir+"/.", dir+"/..")
	}
	sort.Strings(names)
	names = append(names, "/"+espLabel)
	utc := epoch.UTC() // FAT knows no zone: the host's would get into the image
	for _, name := range names {
		if err := fs.Chtimes(name, utc, utc, utc); err != nil {
			return fmt.Errorf("ESP: time of %s: %w", name, err)
		}
	}
	return nil
}
