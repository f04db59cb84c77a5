package judge

import (
	"bytes"
	"debug/pe"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/tests/tool"
)

// volume is an NTFS volume in a file of its own.
type volume string

// find spells a path as it is stored: ntfsprogs take no other. Case is ignored.
func (v volume) find(path string) (string, error) {
	stored := ""
	for _, name := range strings.FieldsFunc(path, func(r rune) bool { return r == '\\' || r == '/' }) {
		out, err := tool.Run("ntfsls", "-f", "-s", "-a", "-p", stored+"/", string(v))
		if err != nil {
			return "", err
		}
		hit := ""
		for _, l := range strings.Split(string(out), "\n") {
			if strings.EqualFold(l, name) {
				hit = l
			}
		}
		if hit == "" {
			return "", fmt.Errorf("%s: there is no %s", path, name)
		}
		stored += "/" + hit
	}
	return stored, nil
}

// read is the content of a file.
func (v volume) read(path string) ([]byte, error) {
	stored, err := v.find(path)
	if err != nil {
		return nil, err
	}
	return tool.Run("ntfscat", "-f", string(v), stored)
}

// machines are the IMAGE_FILE_MACHINE values of the processors.
var machines = map[string]uint16{"x86": pe.IMAGE_FILE_MACHINE_I386, "x64": pe.IMAGE_FILE_MACHINE_AMD64, "arm64": pe.IMAGE_FILE_MACHINE_ARM64}

// driver is what counts of a PE file; read by Go's debug/pe, for objdump of a
// machine does not know the processors of others.
type driver struct {
	machine uint16
	imports []string // names of files, lower case
}

func readDriver(data []byte) (driver, error) {
	f, err := pe.NewFile(bytes.NewReader(data))
	if err != nil {
		return driver{}, err
	}
	symbols, err := f.ImportedSymbols()
	if err != nil {
		return driver{}, fmt.Errorf("imports: %w", err)
	}
	d := driver{machine: f.Machine}
	for _, s := range symbols {
		_, from, _ := strings.Cut(strings.ToLower(s), ":")
		if !slices.Contains(d.imports, from) {
			d.imports = append(d.imports, from)
		}
	}
	return d, nil
}
