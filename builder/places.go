package builder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bootmend/bootmend/builder/iso"
)

// inputs are the files and folders that a medium is made of.
func (o Options) inputs() []string {
	all := append(append([]string{o.From, o.Kernel, o.Modules, o.Answers}, o.Drivers...), o.SSHKeys...)
	for _, x := range o.Extra {
		all = append(all, x.From)
	}
	return all
}

// keepInputs refuses a result that would take the place of what it is made of: the
// drivers, keys and images of a person may be the only ones.
func keepInputs(out string, inputs []string) error {
	if out == "" {
		return nil
	}
	for _, name := range []string{out, out + "." + ManifestName, out + "." + SBOMName} {
		there, err := os.Stat(name)
		if err != nil {
			continue // nothing is replaced
		}
		for _, in := range inputs {
			info, err := os.Stat(in)
			if in == "" || err != nil {
				continue // whoever reads it says more
			}
			if os.SameFile(there, info) || info.IsDir() && within(name, in) || there.IsDir() && within(in, name) {
				return fmt.Errorf("%s would be written in the place of %s, of which it is made: name another output (-o)", name, in)
			}
		}
	}
	return nil
}

// within says whether a path leads below a folder, links followed.
func within(path, folder string) bool {
	inner, err := filepath.EvalSymlinks(path)
	outer, err2 := filepath.EvalSymlinks(folder)
	if errors.Join(err, err2) != nil {
		return false
	}
	inner, err = filepath.Abs(inner)
	outer, err2 = filepath.Abs(outer)
	rel, err3 := filepath.Rel(outer, inner)
	return errors.Join(err, err2, err3) == nil && filepath.IsLocal(rel)
}

// checkNetDir refuses a folder that PXE would replace and that has something else in it
// than what an earlier one put there: a person may need it.
func checkNetDir(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	ours := map[string]bool{ManifestName: true, SBOMName: true}
	var made struct{ Files []struct{ Path string } }
	text, err := os.ReadFile(filepath.Join(dir, ManifestName))
	if err == nil {
		err = json.Unmarshal(text, &made)
	}
	if _, script := os.Stat(filepath.Join(dir, iso.NetScript)); err != nil || script != nil {
		return fmt.Errorf("%s is there and holds something else than a netboot directory: name another, or remove it", dir)
	}
	for _, f := range made.Files {
		ours[f.Path] = true
	}
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err == nil && !ours[filepath.ToSlash(rel)] {
			err = fmt.Errorf("%s is not of the netboot directory that is there, and would be lost with it: move it, or name another directory", path)
		}
		return err
	})
}
