package builder

import (
	"bytes"
	"fmt"
	"os"

	"github.com/bootmend/bootmend/initramfs/pid1/remote"
)

// readSSHKeys reads files with public keys and refuses those that the image would not
// take, before anything is built.
func (o Options) readSSHKeys() ([]byte, error) {
	var all []byte
	for _, file := range o.SSHKeys {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("--ssh-key: %w", err)
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
