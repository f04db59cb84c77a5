package builder

import (
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/builder/fatimage"
	"github.com/bootmend/bootmend/builder/iso"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/media"
)

// dataReadme tells what the writable partition is for.
const dataReadme = `This partition of the bootmend stick is yours.

drivers\   put driver packages here (folders with INF and SYS files, cabinets,
           self-extracting EXE files): the rescue looks for what Windows needs
bootmend.yaml       put an answer file here for use without a person
bootmend\reports\   here bootmend.report=usb leaves its reports

Everything else on the stick is the rescue itself.
`

// Table is the partition table of a stick.
type Table string

// The tables. A stick with GPT is for UEFI firmware that looks at nothing else, too; one
// with MBR for a BIOS that does not start from GPT, and for 32-bit Windows XP.
const (
	GPT Table = "gpt"
	MBR Table = "mbr"
)

// Stick is what the image of a stick shall be, besides what all media are.
type Stick struct {
	DataSize int64  // of the partition that people can write to, bytes
	Table    Table  // "" means GPT
	Format   Format // of the file, "" means Raw
}

func (s *Stick) check() error {
	const mib = 1 << 20
	if s.DataSize < 34*mib || s.DataSize%mib != 0 || s.DataSize > 2048*mib {
		return fmt.Errorf("data partition of %d bytes: want 34 to 2048 MiB, whole ones", s.DataSize)
	}
	if s.Table == "" {
		s.Table = GPT
	}
	if s.Table != GPT && s.Table != MBR {
		return fmt.Errorf("partition table %q: want %s or %s", s.Table, GPT, MBR)
	}
	return s.Format.check()
}

// USB builds the image of a stick: the hybrid image, which starts on BIOS and UEFI,
// and behind it a partition that people and the rescue can write to. It is FAT32, which
// Windows shows.
//
// The table is a GPT behind a protective MBR with an active entry of type 0 beside it
// (iso.AppendGPT says why so, and what does not start from it). That was weighed against:
//
//   - MBR alone, as dd of the ISO gives it: starts on all that was tried, but is nothing
//     for firmware that wants a GPT. It stays, as MBR.
//   - a hybrid MBR, with the data and the ESP in both tables: tools change one of the two,
//     and what writes reports by the other then writes into what somebody has put there.
//   - a GPT without protective entry (Debian's own ISOs): neither OVMF nor fdisk sees it.
//
// On a stick larger than the image the backup GPT lies at the image's end and not at the
// stick's. Firmware and Linux find it by the primary header, which says where it is;
// partition tools mention it, and "sgdisk -e" moves it.
func USB(o Options, s Stick) (Sizes, error) {
	if err := s.check(); err != nil {
		return Sizes{}, err
	}
	defer o.done()
	b, m, err := o.assemble()
	if err != nil {
		return Sizes{}, err
	}
	data := iso.Data{Size: s.DataSize, Content: func(hidden uint32) ([]byte, error) {
		readme := []byte(strings.ReplaceAll(dataReadme, "\n", "\r\n"))
		return fatimage.Image{Size: s.DataSize, Kind: fs.FAT32, Label: media.Label, Epoch: b.Epoch, Hidden: hidden,
			Files: map[string][]byte{"/README.TXT": readme}, Dirs: []string{"/drivers"}}.Bytes()
	}}
	return b.publish(m, func(image string) error {
		add := iso.AppendMBR
		if s.Table == GPT {
			add = func(name string, d iso.Data) error { return iso.AppendGPT(name, media.Label, d) }
		}
		if err := add(image, data); err != nil {
			return err
		}
		return s.Format.convert(image)
	})
}
