package builder

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bootmend/bootmend/builder/iso"
	"github.com/bootmend/bootmend/builder/manifest"
	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
)

// ErrImageDamaged is wrapped when an image that others shall be made from (--from) does
// not hold what its manifest says: it was cut, or changed.
var ErrImageDamaged = errors.New("the image is damaged: build or copy it again")

// fromImage reads an image that was made before, and proves it by its manifest.
func (b *build) fromImage() (*iso.Medium, error) {
	m, err := iso.Read(b.From)
	if err != nil {
		return nil, err
	}
	b.made, err = manifest.Parse(m.Files[iso.ManifestFile])
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", b.From, iso.ManifestFile, errors.Join(ErrImageDamaged, err))
	}
	if err := checkImage(m, b.made); err != nil {
		return nil, fmt.Errorf("%s: %w", b.From, err)
	}
	m.SetAppend(b.Append)
	b.Epoch = m.Epoch
	return m, nil
}

// bootRecord is what a manifest calls the code in the first sector.
const bootRecord = "(boot record)"

// espPrefix is what paths of the EFI system partition's files begin with in a manifest.
const espPrefix = "boot/efi.img/"

// checkImage compares all files with the manifest. Files in an archive are proved by the
// archive, which is a file, too, and ISOLINUX, in which the image notes where it lies, by
// the checksum beside that note (package iso).
func checkImage(m *iso.Medium, made *manifest.Manifest) error {
	var esp *fat.Volume
	for _, f := range made.Files() {
		if strings.Contains(f.Path, ":") || f.Path == "isolinux/isolinux.bin" {
			continue
		}
		content, ok := m.Files[f.Path]
		if f.Path == bootRecord && f.Size <= int64(len(m.MBRCode)) {
			content, ok = m.MBRCode[:f.Size], true
		}
		if name, in := strings.CutPrefix(f.Path, espPrefix); in {
			var err error
			if esp == nil {
				if esp, err = fat.Open(inMemory(m.ESPImage)); err != nil {
					return fmt.Errorf("%s: %w", espPrefix, errors.Join(ErrImageDamaged, err))
				}
			}
			if content, err = readWhole(esp, name, f.Size); err != nil {
				return fmt.Errorf("%s: %w", f.Path, errors.Join(ErrImageDamaged, err))
			}
			ok = true
		}
		if !ok {
			return fmt.Errorf("%s is missing: %w", f.Path, ErrImageDamaged)
		}
		if sum := fmt.Sprintf("%x", sha256.Sum256(content)); sum != f.SHA256 {
			return fmt.Errorf("%s has %d bytes with SHA-256 %s, the manifest says %d with %s: %w", f.Path, len(content), sum, f.Size, f.SHA256, ErrImageDamaged)
		}
	}
	return nil
}

// readWhole reads a file that has that size.
func readWhole(v *fat.Volume, name string, size int64) ([]byte, error) {
	f, err := v.Open(`\` + strings.ReplaceAll(name, "/", `\`))
	if err != nil {
		return nil, err
	}
	if got := f.Info().Size; got != size {
		return nil, fmt.Errorf("%d bytes instead of %d", got, size)
	}
	b := make([]byte, size)
	_, err = io.ReadFull(io.NewSectionReader(f, 0, size), b)
	return b, err
}

// inMemory is an image as a device to read.
type inMemory []byte

var _ block.Device = inMemory(nil)

func (m inMemory) Size() int64     { return int64(len(m)) }
func (m inMemory) SectorSize() int { return 512 }
func (m inMemory) Flush() error    { return nil }

func (m inMemory) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(m).ReadAt(p, off)
}

func (m inMemory) WriteAt([]byte, int64) (int, error) { return 0, errors.ErrUnsupported }
