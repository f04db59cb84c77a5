package builder

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Format is that of the file that an image of a disk is in.
type Format string

// The formats: the bytes of the disk, and the one of QEMU.
const (
	Raw   Format = "raw"
	QCOW2 Format = "qcow2"
)

// check says what is wrong with it, or what is missing to make it.
func (f Format) check() error {
	switch f {
	case "", Raw:
		return nil
	case QCOW2:
		return thisHost().missing("qemu-img")
	}
	return fmt.Errorf("format %q of the image: want %s or %s", f, Raw, QCOW2)
}

// convert replaces the raw image at name. One coroutine, so that clusters lie in the
// order of the disk and the same image gives the same file.
func (f Format) convert(name string) error {
	if f != QCOW2 {
		return nil
	}
	made := name + ".qcow2"
	defer os.Remove(made) // there is none when all went well
	out, err := exec.Command("qemu-img", "convert", "-m", "1", "-f", "raw", "-O", "qcow2", name, made).CombinedOutput()
	if err != nil {
		return fmt.Errorf("qemu-img: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return os.Rename(made, name)
}
