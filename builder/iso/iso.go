package iso

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/diskfs/go-diskfs/backend/file"
	"github.com/diskfs/go-diskfs/filesystem/iso9660"
)

// Names of files that this package itself looks at: ISOLINUX, and the image of the EFI
// system partition.
const (
	isolinuxBin = "isolinux/isolinux.bin"
	ESPFile     = "boot/efi.img"
)

// Medium is the content of a boot medium.
type Medium struct {
	// Files of the ISO 9660 file system by path. isolinux/isolinux.bin must be
	// among them; boot/efi.img is added.
	Files map[string][]byte
	// ESP are the files of the EFI system partition by path from "/".
	ESP map[string][]byte
	// ESPImage is that partition as an image, instead of ESP.
	ESPImage []byte
	// MBRCode is isohdpfx.bin.
	MBRCode []byte
	// Epoch is the time of every file, 1980 … 2107 as FAT demands.
	Epoch time.Time
}

// Write makes the hybrid image at out, by way of a file of that name with ".new",
// replacing what is there; after an error that is as it was. It needs room for the files
// a second time below tempDir.
func Write(out string, m Medium, tempDir string) error {
	work, err := os.MkdirTemp(tempDir, "iso-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	tree := filepath.Join(work, "tree")
	plain := out + ".new" // beside it: a file is not renamed into another file system
	if err := os.Remove(plain); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	defer os.Remove(plain)
	for name, content := range m.Files {
		if err := writeFile(filepath.Join(tree, filepath.FromSlash(name)), content); err != nil {
			return err
		}
	}
	if err := m.MakeESP(); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(tree, filepath.FromSlash(ESPFile)), m.ESPImage); err != nil {
		return err
	}
	if err := writeISO(plain, tree); err != nil {
		return err
	}
	if err := makeHybrid(plain, m); err != nil {
		return err
	}
	return os.Rename(plain, out)
}

func writeFile(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, content, 0o644)
}

// writeISO makes an ISO 9660 image with El Torito of the files below tree,
// which is gone afterwards.
func writeISO(name, tree string) error {
	disk, err := file.CreateFromPath(name, isoSectorSize) // grows
	if err != nil {
		return err
	}
	defer disk.Close()
	fs, err := iso9660.Create(disk, 0, 0, isoSectorSize, tree)
	if err != nil {
		return fmt.Errorf("iso9660: %w", err)
	}
	bios := &iso9660.ElToritoEntry{Platform: iso9660.BIOS, Emulation: iso9660.NoEmulation,
		BootFile: isolinuxBin, BootTable: true}
	bios.SetLoadSize(4)
	boot := &iso9660.ElTorito{BootCatalog: "isolinux/boot.cat", Entries: []*iso9660.ElToritoEntry{bios,
		{Platform: iso9660.EFI, Emulation: iso9660.NoEmulation, BootFile: ESPFile}}}
	err = fs.Finalize(iso9660.FinalizeOptions{RockRidge: true, VolumeIdentifier: media.Label, ElTorito: boot})
	if err != nil {
		return fmt.Errorf("iso9660: %w", err)
	}
	return nil
}

// Offsets in the El Torito boot catalog as go-diskfs writes it: validation
// entry, BIOS entry, section header, EFI entry.
const (
	bootRecordSector  = 17
	bootRecordCatalog = 0x47 // uint32: sector of the catalog
	catalogBIOS       = 0x20
	catalogEFI        = 0x60
	catalogSectors    = 6 // uint16: 512-byte sectors to load
	catalogLBA        = 8 // uint32: first sector of 2,048 bytes
)

// makeHybrid normalises the image, pads it to whole cylinders and writes the
// MBR.
func makeHybrid(name string, m Medium) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	sectors, err := normalize(f, m.Epoch)
	if err != nil {
		return err
	}
	size := (int64(sectors)*isoSectorSize + cylinderSize - 1) / cylinderSize * cylinderSize
	if err := f.Truncate(size); err != nil {
		return err
	}
	loader, esp, espSectors, catalog, err := readCatalog(f)
	if err != nil {
		return err
	}
	if err := putChooser(f, catalog, loader); err != nil {
		return err
	}
	h := hybrid{code: m.MBRCode, loader: uint64(loader) * 4, size: uint32(size / sectorSize),
		espStart: esp * 4, espSize: uint32(espSectors)}
	if h.diskID, err = contentID(f, size); err != nil {
		return err
	}
	mbr, err := h.mbr()
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(mbr, 0); err != nil {
		return err
	}
	return f.Close()
}

// readCatalog returns the first sector (of 2,048 bytes) of isolinux.bin and of
// the ESP image, the ESP's length in sectors of 512 bytes, and where the catalog is.
func readCatalog(r io.ReaderAt) (loader, esp uint32, espSectors uint16, at int64, err error) {
	record := make([]byte, isoSectorSize)
	if _, err := r.ReadAt(record, bootRecordSector*isoSectorSize); err != nil {
		return 0, 0, 0, 0, err
	}
	if !bytes.HasPrefix(record, []byte("\x00CD001\x01EL TORITO SPECIFICATION")) {
		return 0, 0, 0, 0, fmt.Errorf("no El Torito boot record in sector %d: %q", bootRecordSector, record[:32])
	}
	catalog := make([]byte, isoSectorSize)
	at = int64(binary.LittleEndian.Uint32(record[bootRecordCatalog:])) * isoSectorSize
	if _, err := r.ReadAt(catalog, at); err != nil {
		return 0, 0, 0, 0, err
	}
	bios, efi := catalog[catalogBIOS:], catalog[catalogEFI:]
	return binary.LittleEndian.Uint32(bios[catalogLBA:]), binary.LittleEndian.Uint32(efi[catalogLBA:]),
		binary.LittleEndian.Uint16(efi[catalogSectors:]), at, nil
}

// contentID is the disk signature: other content, other signature, so that a
// machine with two sticks can tell them apart.
func contentID(r io.ReaderAt, size int64) (uint32, error) {
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(r, 0, size)); err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint32(sum.Sum(nil)), nil
}
