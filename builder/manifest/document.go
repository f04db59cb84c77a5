package manifest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// document is the manifest as a file. Its last line is the seal: the SHA-256 of all lines
// before it, with which a damaged manifest is noticed.
type document struct {
	Format   int       `json:"format"`
	Created  time.Time `json:"created"`
	Packages []Package `json:"packages"`
	Files    []File    `json:"files"`
}

// format is the version of the file. A new field that readers of before may pass over leaves
// it as it is: "sha1" came later.
const format = 2

// JSON returns the manifest as a file: a line for each package and file, and the seal.
func (m *Manifest) JSON(created time.Time) ([]byte, error) {
	var b strings.Builder
	head, err := json.Marshal(created.UTC())
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&b, "{\"format\":%d,\"created\":%s,\n\"packages\":[", format, head)
	if err := list(&b, m.Packages()); err != nil {
		return nil, err
	}
	b.WriteString("],\n\"files\":[")
	if err := list(&b, m.Files()); err != nil {
		return nil, err
	}
	b.WriteString("],\n")
	return append([]byte(b.String()), sealOf([]byte(b.String()))...), nil
}

func list[T any](b *strings.Builder, all []T) error {
	for i, v := range all {
		line, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		b.Write(line)
	}
	return nil
}

// sealKey begins the last line.
const sealKey = `"sha256":`

// sealOf is the last line of a manifest with these lines.
func sealOf(lines []byte) []byte {
	return fmt.Appendf(nil, "%s\"%x\"}\n", sealKey, sha256.Sum256(lines))
}

// ErrFormat is wrapped by what Parse cannot read, ErrVersion besides when it is whole and
// another version of this package wrote it, ErrChanged when it is not what was written.
var (
	ErrFormat  = errors.New("no manifest of a medium")
	ErrVersion = errors.New("another version of mkrescue wrote it")
	ErrChanged = errors.New("it is not as it was written")
)

// Parse reads what JSON wrote.
func Parse(b []byte) (*Manifest, error) {
	if err := checkSeal(b); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if d.Format != format {
		return nil, fmt.Errorf("%w: %w: format %d; want %d", ErrFormat, ErrVersion, d.Format, format)
	}
	m := &Manifest{Created: d.Created, files: map[string]File{}, packages: map[string]Package{}}
	for _, p := range d.Packages {
		m.packages[p.ID()] = p
	}
	for _, f := range d.Files {
		for _, id := range f.Packages {
			if _, ok := m.packages[id]; !ok {
				return nil, fmt.Errorf("%w: %s is from %s, which is not listed", ErrFormat, f.Path, id)
			}
		}
		m.files[f.Path] = f
	}
	return m, nil
}

// checkSeal compares the last line with those before it. Format 1 had no such line.
func checkSeal(b []byte) error {
	at := bytes.LastIndexByte(bytes.TrimSuffix(b, []byte("\n")), '\n') + 1
	if want := sealOf(b[:at]); !bytes.Equal(b[at:], want) {
		if bytes.HasPrefix(b, []byte(`{"format":1,`)) && !bytes.HasPrefix(b[at:], []byte(sealKey)) {
			return ErrVersion
		}
		return fmt.Errorf("%w: its last line is %.80q, and must be %q for the lines before it", ErrChanged, b[at:], want)
	}
	return nil
}
