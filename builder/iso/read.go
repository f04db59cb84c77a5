package iso

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/bootmend/bootmend/builder/drivers"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/block"
	ownfs "github.com/bootmend/bootmend/initramfs/fs/iso9660"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/diskfs/go-diskfs/backend/file"
	"github.com/diskfs/go-diskfs/filesystem/iso9660"
)

// maxFile bounds what Read takes into memory for one file.
const maxFile = 256 << 20

// mediumFiles are the files of a medium besides the EFI system partition's
// image, which is ESPFile.
func mediumFiles() []string {
	return []string{isolinuxBin, "isolinux/ldlinux.c32", "isolinux/isolinux.cfg",
		"boot/vmlinuz", "boot/initrd.img", "boot/grub/grub.cfg", ".disk/info", ManifestFile}
}

// secondSystem are the files that only a medium with two systems has.
func secondSystem() []string {
	return []string{"boot/vmlinuz32", "boot/initrd32.img", "isolinux/ifcpu64.c32", "isolinux/libcom32.c32"}
}

// Read returns the content of an image that Write made, so that it can be
// written again with another command line.
func Read(name string) (*Medium, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	fs, err := iso9660.Read(file.New(f, true), info.Size(), 0, isoSectorSize)
	if err != nil {
		return nil, fmt.Errorf("%s: not made by mkrescue iso: %w", name, err)
	}
	m := &Medium{Files: map[string][]byte{}}
	for _, path := range mediumFiles() {
		if m.Files[path], err = readFile(fs, path); err != nil {
			return nil, fmt.Errorf("%s: not made by mkrescue iso: %s: %w", name, path, err)
		}
	}
	for _, path := range secondSystem() {
		if content, err := readFile(fs, path); err == nil {
			m.Files[path] = content
		}
	}
	if m.ESPImage, err = readFile(fs, ESPFile); err != nil {
		return nil, fmt.Errorf("%s: not made by mkrescue iso: %s: %w", name, ESPFile, err)
	}
	m.Files[isolinuxBin] = WithoutBootTable(m.Files[isolinuxBin])
	if err := readDrivers(name, m.Files); err != nil {
		return nil, err
	}
	m.MBRCode = make([]byte, mbrCodeMax)
	if _, err := f.ReadAt(m.MBRCode, 0); err != nil {
		return nil, err
	}
	m.Epoch, err = creation(f)
	return m, err
}

// The boot information table in isolinux.bin.
const bootTable, bootTableEnd = 8, 64

// WithoutBootTable returns isolinux.bin with zeros where Write makes the boot information
// table. What the package has there is of no use.
func WithoutBootTable(isolinux []byte) []byte {
	b := bytes.Clone(isolinux)
	clear(b[min(bootTable, len(b)):min(bootTableEnd, len(b))])
	return b
}

// readDrivers reads the folder of driver packages, which may be absent, by the reader
// that will read it on the machine. Behind the image may be partitions of a stick: those
// are not looked at.
func readDrivers(name string, to map[string][]byte) error {
	dev, err := block.OpenReadOnly(name)
	if err != nil {
		return err
	}
	defer dev.Close()
	v, err := ownfs.Open(dev)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	tree := media.Volume(name, v)
	var failed error
	source.Walk(tree, drivers.Folder, maxDirDepth, func(path string, e source.Info) bool {
		if !e.Dir {
			below := strings.ReplaceAll(strings.Trim(path, `\`), `\`, "/")
			if to[below], failed = source.ReadFile(tree, path, maxFile); failed != nil {
				failed = fmt.Errorf("%s: %w", path, failed)
			}
		}
		return failed == nil
	})
	return failed
}

func readFile(fs *iso9660.FileSystem, path string) ([]byte, error) {
	f, err := fs.OpenFile("/"+path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(content) > maxFile {
		err = fmt.Errorf("more than %d bytes", maxFile)
	}
	return content, err
}

// creation returns the time in the primary volume descriptor, which Write sets
// to the medium's Epoch.
func creation(r io.ReaderAt) (time.Time, error) {
	var stamp [14]byte
	if _, err := r.ReadAt(stamp[:], pvdOffset+pvdCreation); err != nil {
		return time.Time{}, err
	}
	return time.Parse("20060102150405", string(stamp[:]))
}
