package builder

import (
	"bytes"
	"fmt"
	"os"
	"slices"

	"github.com/bootmend/bootmend/builder/iso"
	"github.com/bootmend/bootmend/builder/ramfs"
	"github.com/bootmend/bootmend/initramfs/pid1"
	"github.com/bootmend/bootmend/initramfs/pid1/remote"
)

// readSSHKeys reads files with public keys and refuses those that the image would not
// take, before anything is built.
func (o Options) readSSHKeys() ([]byte, error) {
	var all []byte
	for _, file := range o.SSHKeys {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if bytes.Contains(text, []byte("PRIVATE KEY")) {
			return nil, fmt.Errorf("%s is a private key, which must never go into an image; name the file with .pub", file)
		}
		if _, err := remote.ParseKeys(string(text)); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(append(all, bytes.TrimRight(text, "\n")...), '\n')
	}
	return all, nil
}

// addSSHKeys puts keys behind the initramfs, so that it works with images that are
// there already.
func addSSHKeys(m *iso.Medium, keys []byte) error {
	if len(keys) == 0 {
		return nil
	}
	return appendArchive(m, []ramfs.Entry{{Name: pid1.SSHKeysPath, Perm: 0o444, Content: keys}})
}

// appendArchive puts another archive behind the initramfs: the kernel unpacks one
// after the other.
func appendArchive(m *iso.Medium, entries []ramfs.Entry) error {
	var out bytes.Buffer
	if err := ramfs.WriteZstd(&out, ramfs.Parents(entries), m.Epoch); err != nil {
		return err
	}
	const initrd = "boot/initrd.img"
	first := m.Files[initrd]
	// An archive begins at a multiple of four bytes (Documentation/driver-api/early-userspace/buffer-format.rst).
	padding := make([]byte, -len(first)&3)
	m.Files[initrd] = slices.Concat(first, padding, out.Bytes())
	return nil
}
