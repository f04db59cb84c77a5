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

// USB builds the image of a stick: the hybrid image, which starts on BIOS and UEFI,
// and behind it a partition that people and the rescue can write to, of dataSize
// bytes. It is FAT32, which Windows shows.
func USB(o Options, dataSize int64) (Sizes, error) {
	const mib = 1 << 20
	if dataSize < 34*mib || dataSize%mib != 0 || dataSize > 2048*mib {
		return Sizes{}, fmt.Errorf("data partition of %d bytes: want 34 to 2048 MiB, whole ones", dataSize)
	}
	defer o.done()
	b, m, err := o.assemble()
	if err != nil {
		return Sizes{}, err
	}
	return b.publish(m, func(image string) error {
		return iso.AppendPartition(image, iso.TypeFAT32, dataSize, func(hidden uint32) ([]byte, error) {
			readme := []byte(strings.ReplaceAll(dataReadme, "\n", "\r\n"))
			return fatimage.Image{Size: dataSize, Kind: fs.FAT32, Label: media.Label, Epoch: b.Epoch, Hidden: hidden,
				Files: map[string][]byte{"/README.TXT": readme}, Dirs: []string{"/drivers"}}.Bytes()
		})
	})
}
