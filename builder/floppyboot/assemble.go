package floppyboot

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed boot.S
var source []byte

//go:embed second.S
var secondSource []byte

// Assemble makes the boot loader with binutils' as and ld; it needs dir for a moment.
func Assemble(dir string) ([]byte, error) { return assemble(dir, source) }

// AssembleSecond makes the boot sector of the second floppy of a set.
func AssembleSecond(dir string) ([]byte, error) { return assemble(dir, secondSource) }

func assemble(dir string, source []byte) ([]byte, error) {
	work, err := os.MkdirTemp(dir, "boot-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	object, binary := filepath.Join(work, "boot.o"), filepath.Join(work, "boot.bin")
	as := exec.Command("as", "--32", "-o", object, "-")
	as.Stdin = bytes.NewReader(source)
	if out, err := as.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("as: %w: %s", err, out)
	}
	// 0x7c00 is where a BIOS puts a boot sector.
	if out, err := exec.Command("ld", "-m", "elf_i386", "-Ttext", "0x7c00", "--oformat", "binary", "-e", "_start", "-o", binary, object).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("ld: %w: %s", err, out)
	}
	return os.ReadFile(binary)
}
