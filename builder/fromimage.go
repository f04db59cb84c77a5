package builder

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/builder/iso"
	"github.com/bootmend/bootmend/builder/manifest"
)

// ErrImageDamaged is wrapped when an image that others shall be made from (--from) does
// not hold what its manifest says: it was cut, or changed.
var ErrImageDamaged = errors.New("the image is damaged: build or copy it again")

// fromImage reads an image that was made before, and proves it by its manifest, which is
// proved by its last line. These are checksums: they find damage, and nobody who means it.
func (b *build) fromImage() (*iso.Medium, error) {
	if info, err := os.Stat(b.From); err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("--from wants an ISO or USB image that mkrescue made; %s is none", b.From)
	}
	m, err := iso.Read(b.From)
	if err != nil {
		return nil, err
	}
	b.made, err = manifest.Parse(m.Files[iso.ManifestFile])
	if errors.Is(err, manifest.ErrVersion) {
		return nil, fmt.Errorf("%s: %s: %w: build the image anew", b.From, iso.ManifestFile, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", b.From, iso.ManifestFile, errors.Join(ErrImageDamaged, err))
	}
	if err := checkImage(m, b.made); err != nil {
		return nil, fmt.Errorf("%s: %w", b.From, err)
	}
	if systems := m.Systems(); len(systems) > 0 && isLean(systems[0].Initrd) {
		if err := checkSmall(b.Append, false); err != nil {
			return nil, err
		}
	}
	m.SetAppend(b.Append)
	b.Epoch = m.Epoch
	return m, nil
}

// bootRecord is what a manifest calls the code in the first sector.
const bootRecord = "(boot record)"

// checkImage compares all that is taken over with the manifest: nothing may differ, be
// missing, or be there besides. Files in an archive, and those in the EFI system
// partition, are proved by that, which is a file, too. The manifest gets what it does not
// know of the files, because it is older.
func checkImage(m *iso.Medium, made *manifest.Manifest) error {
	have := maps.Clone(m.Files)
	delete(have, iso.ManifestFile)
	have[iso.ESPFile], have[bootRecord] = m.ESPImage, m.MBRCode
	for _, f := range made.Files() {
		archive, _, in := strings.Cut(f.Path, ":")
		if _, is := m.Files[archive]; in && is || strings.HasPrefix(f.Path, iso.ESPFile+"/") {
			continue
		}
		content, ok := have[f.Path]
		delete(have, f.Path)
		if !ok {
			return fmt.Errorf("%s is missing: %w", f.Path, ErrImageDamaged)
		}
		if n := int64(len(content)); f.Path == bootRecord && f.Size < n && len(bytes.Trim(content[f.Size:], "\x00")) == 0 {
			content = content[:f.Size] // the code may be shorter than its place
		}
		if sum := fmt.Sprintf("%x", sha256.Sum256(content)); sum != f.SHA256 {
			return fmt.Errorf("%s has %d bytes with SHA-256 %s, the manifest says %d with %s: %w", f.Path, len(content), sum, f.Size, f.SHA256, ErrImageDamaged)
		}
		made.Complete(f.Path, content)
	}
	for _, path := range slices.Sorted(maps.Keys(have)) {
		return fmt.Errorf("%s is not in the manifest: %w", path, ErrImageDamaged)
	}
	if !m.Epoch.Equal(made.Created) {
		return fmt.Errorf("the image says that it was made at %s, the manifest at %s: %w", m.Epoch.UTC(), made.Created.UTC(), ErrImageDamaged)
	}
	return nil
}
