package builder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
