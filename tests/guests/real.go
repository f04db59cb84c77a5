package guests

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/tests/realdata"
)

// realSuffix marks the names of guests around real data.
const realSuffix = "-real"

// RealNames lists the guests around real hives and stores that Load can make here: none
// where the collection is absent.
func RealNames() []string {
	rows, err := tableRows("real.txt", 4)
	if err != nil {
		panic("guests: " + err.Error())
	}
	var all []string
	for _, f := range rows {
		if !slices.ContainsFunc(f[1:3], func(file string) bool { return file != "-" && !realdata.Has(file) }) {
			all = append(all, f[0]+realSuffix)
		}
	}
	return all
}

// Synthetic is the name of the guest that one around real data starts from, or the
// name itself.
func Synthetic(name string) string { return strings.TrimSuffix(name, realSuffix) }

// loadReal makes the guest of a row of real.txt.
func loadReal(name string) (*Guest, error) {
	rows, err := tableRows("real.txt", 4)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(rows, func(f []string) bool { return f[0] == Synthetic(name) })
	if i < 0 {
		return nil, fmt.Errorf("guest %q: no such row in real.txt", name)
	}
	g, err := Load(rows[i][0])
	if err != nil {
		return nil, err
	}
	if file := rows[i][1]; file != "-" {
		if g, err = g.withRealHive(file); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	if file := rows[i][2]; file != "-" {
		if g, err = g.withRealStore(file); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	g.Name = name
	g.Broken, g.Healthy = nil, []Expect{{Machine: rows[i][3]}}
	return g, nil
}

// withRealHive puts a real SYSTEM hive on the guest, without the logs that it may
// have had: hivexregedit closes it when C: in it becomes the partition of the guest,
// so that it stands for one that Windows closed.
func (g *Guest) withRealHive(file string) (*Guest, error) {
	hive, err := unpacked(file)
	if err != nil {
		return nil, err
	}
	if g, err = g.around(hive); err != nil {
		return nil, err
	}
	number, e := g.SystemHive()
	id, err := g.identity(g.Partition(number))
	if err != nil {
		return nil, err
	}
	return g.WithReg(e.Path, fmt.Sprintf("[%s\\MountedDevices]\n\"\\\\DosDevices\\\\C:\"=hex:%s\n", e.Prefix, id)), nil
}

// unpacked is the path of a file of the collection, decompressed into the cache.
func unpacked(file string) (string, error) {
	dir, err := cacheDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "real-"+strings.TrimSuffix(filepath.Base(file), ".xz"))
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	work, err := os.MkdirTemp(dir, "work-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	part := filepath.Join(work, "file")
	if err := realdata.Unpack(part, file); err != nil {
		return "", err
	}
	return path, os.Rename(part, path)
}
