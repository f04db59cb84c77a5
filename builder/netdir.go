package builder

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/builder/iso"
	"github.com/bootmend/bootmend/builder/manifest"
	"github.com/bootmend/bootmend/builder/scratch"
)

// checkNetDir refuses a folder that PXE would replace and that has something else in it
// than what an earlier one put there, as it was put there: a person may need it.
func checkNetDir(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return !strings.HasPrefix(e.Name(), unpublished) }) {
		return nil
	}
	sums, err := netSums(filepath.Join(dir, ManifestName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there and holds something else than a netboot directory as it was made (its %s was changed): name another, or move it", dir, ManifestName)
	}
	if _, script := os.Stat(filepath.Join(dir, iso.NetScript)); err != nil || script != nil {
		return fmt.Errorf("%s is there and holds something else than a netboot directory: name another, or remove it", dir)
	}
	folders := map[string]bool{".": true}
	for name := range sums {
		for in := path.Dir(name); !folders[in] && in != "/"; in = path.Dir(in) {
			folders[in] = true
		}
	}
	return filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		want, ours := sums[rel]
		switch {
		case e.IsDir() && strings.HasPrefix(rel, unpublished): // it stays
			return fs.SkipDir
		case e.IsDir() && folders[rel]:
			return nil
		case e.IsDir() || !ours:
			return fmt.Errorf("%s is not of the netboot directory that is there, and would be lost with it: move it, or name another directory", name)
		case want == anySum && e.Type().IsRegular():
			return nil
		}
		return unchanged(name, e, want)
	})
}

// anySum is that of a list, which nothing else tells of.
const anySum = ""

// netSums are the SHA-256 of the files that an earlier netboot directory was made of, by
// their paths in it, as its manifest has them.
func netSums(list string) (map[string]string, error) {
	text, err := os.ReadFile(list)
	if err != nil {
		return nil, err
	}
	var old struct{ Files []manifest.File }
	made, err := manifest.Parse(text)
	switch {
	case err == nil:
		old.Files = made.Files()
	case !errors.Is(err, manifest.ErrVersion):
		return nil, err
	default: // paths and sums were there always
		if err := json.Unmarshal(text, &old); err != nil {
			return nil, err
		}
	}
	sums := map[string]string{ManifestName: anySum, SBOMName: anySum}
	for _, f := range old.Files {
		if f.SHA256 != "" {
			sums[f.Path] = f.SHA256
		}
	}
	return sums, nil
}

// unchanged refuses a file that has not the content it was made with.
func unchanged(name string, e fs.DirEntry, want string) error {
	const lost = "and would be replaced: move it, or name another directory"
	if !e.Type().IsRegular() {
		return fmt.Errorf("%s is no file any more but %s, %s", name, kindOf(e.Type()), lost)
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if got := fmt.Sprintf("%x", sum.Sum(nil)); got != want {
		return fmt.Errorf("%s was changed after it was made (SHA-256 %s; %s has %s), %s", name, got, ManifestName, want, lost)
	}
	return nil
}

// replaceDir makes the directory with these files. Of an older one of ours the files are
// put aside when all of the new ones are there, any other is refused: it may hold what
// somebody needs. The folder itself stays: a person or a server may be in it, and it may
// be where something is mounted.
func replaceDir(space *scratch.Space, dir string, files map[string][]byte) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	in := dir
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		in = filepath.Dir(dir)
	}
	if err := os.MkdirAll(in, 0o755); err != nil {
		return err
	}
	work, err := space.Dir(in, unpublished)
	if err != nil {
		return err
	}
	defer space.Remove(work)
	made, old := filepath.Join(work, "new"), filepath.Join(work, "old")
	if err := writeTree(work, "new", files); err != nil {
		return err
	}
	return alone(space, in, func() error {
		if in != dir {
			return os.Rename(made, dir)
		}
		if err := errors.Join(checkNetDir(dir), os.Mkdir(old, 0o755)); err != nil {
			return err
		}
		if err := moveAll(dir, old); err != nil {
			return err
		}
		if err := moveAll(made, dir); err != nil {
			return errors.Join(err, moveAll(old, dir))
		}
		return nil
	})
}

// writeTree writes files below the folder name of the folder dir, which it does not make
// anew when it is removed meanwhile (Ctrl-C).
func writeTree(dir, name string, files map[string][]byte) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for file, b := range files {
		file = filepath.Join(name, filepath.FromSlash(file))
		if err := root.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := root.WriteFile(file, b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// moveAll moves what is in a folder to another, all of it or nothing, without folders in
// which results are made.
func moveAll(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for i, e := range entries {
		if strings.HasPrefix(e.Name(), unpublished) {
			continue
		}
		err := os.Rename(filepath.Join(from, e.Name()), filepath.Join(to, e.Name()))
		if err == nil {
			continue
		}
		for _, e := range entries[:i] {
			if !strings.HasPrefix(e.Name(), unpublished) {
				err = errors.Join(err, os.Rename(filepath.Join(to, e.Name()), filepath.Join(from, e.Name())))
			}
		}
		return err
	}
	return nil
}
