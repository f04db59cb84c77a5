package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const besideSuffix = ".bootmend-undo"

// Beside is the folder of the bundles of an image on a host.
func Beside(image string) string { return image + besideSuffix }

// In is the folder of the bundles of block devices in a state directory.
func In(stateDir string) string { return filepath.Join(stateDir, "undo") }

// Folder is a bundle on a host.
type Folder struct{ Path string }

// Open opens a stored file.
func (f Folder) Open(name string) (*os.File, error) {
	if name != filepath.Base(name) {
		return nil, fmt.Errorf("%q is no file of a bundle", name)
	}
	return os.Open(filepath.Join(f.Path, name))
}

// Manifest reads the manifest.
func (f Folder) Manifest() (*Manifest, error) {
	r, err := f.Open(ManifestName)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return Decode(r)
}

// Folders lists the bundles in a folder of bundles; one that does not exist
// holds none.
func Folders(dir string) ([]Folder, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	var all []Folder
	for _, e := range entries {
		if e.IsDir() {
			all = append(all, Folder{filepath.Join(dir, e.Name())})
		}
	}
	return all, err
}

// Write makes the bundle: contents, then the manifest, all synced, before it
// returns. On an error nothing is left.
func (f Folder) Write(m *Manifest, contents map[string]io.Reader) (err error) {
	parent := filepath.Dir(f.Path)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return err
	}
	if err := os.Mkdir(f.Path, 0o700); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("undo bundle: %w", err), f.Remove())
		}
	}()
	for name, r := range contents {
		if err := f.write(name, r); err != nil {
			return err
		}
	}
	b, err := m.Encode()
	if err != nil {
		return err
	}
	if err := f.write(ManifestName, bytes.NewReader(b)); err != nil {
		return err
	}
	return errors.Join(syncDir(f.Path), syncDir(parent), syncDir(filepath.Dir(parent)))
}

func (f Folder) write(name string, r io.Reader) (err error) {
	w, err := os.OpenFile(filepath.Join(f.Path, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if _, err := io.Copy(w, r); err != nil {
		return err
	}
	return w.Sync()
}

// Remove deletes the bundle, and the folder of bundles when it is the last.
func (f Folder) Remove() error {
	if err := os.RemoveAll(f.Path); err != nil {
		return err
	}
	parent := filepath.Dir(f.Path)
	if left, err := os.ReadDir(parent); err == nil && len(left) == 0 {
		if err := os.Remove(parent); err != nil {
			return err
		}
		parent = filepath.Dir(parent)
	}
	return syncDir(parent)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
