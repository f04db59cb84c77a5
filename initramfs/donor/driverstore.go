package donor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/winsxs"
)

// driverStoreFile finds a file that no component has in the driver store: folders
// that are called name.inf_arch_hash or name.inf_arch_language_hash. Taken is only the
// version that is known for certain to be in use (inUse), and nothing of packages of
// others than Microsoft (oem0.inf and so on).
func driverStoreFile(w *inspect.Installation, name string, machine pe.Machine) (best *Copy, rejected []string, problems []error) {
	t := w.Volume.Tree()
	root := w.Path(repository)
	list, err := t.ReadDir(root)
	if err != nil {
		return nil, nil, nil
	}
	packages := map[string]*component{}
	for _, e := range list {
		inf, rest, ok := strings.Cut(strings.ToLower(e.Name), ".inf_")
		if !e.Dir || !ok || !strings.HasPrefix(rest, archName(machine)+"_") {
			continue
		}
		dir := source.Join(root, e.Name)
		v, err := versionAt(w, source.Join(dir, name))
		if err != nil {
			continue // it is not there, or says nothing
		}
		if strings.HasPrefix(inf, "oem") {
			rejected = append(rejected, fmt.Sprintf("%s: it is of another maker's package", dir))
			continue
		}
		if packages[inf] == nil {
			packages[inf] = &component{}
		}
		packages[inf].folders = append(packages[inf].folders, storeFolder{Name: winsxs.Name{Component: inf + ".inf", Version: v}, dir: dir})
	}
	if len(packages) > 1 {
		return nil, append(rejected, fmt.Sprintf("%d driver packages have it: %v", len(packages), ErrInUse)), nil
	}
	for _, c := range packages {
		slices.SortFunc(c.folders, func(a, b storeFolder) int { return b.Version.Compare(a.Version) })
		v, doubt, err := c.inUse(w, name)
		if err == nil && doubt != "" {
			err = fmt.Errorf("%s: %w", doubt, ErrInUse)
		}
		if err != nil {
			return nil, append(rejected, fmt.Sprintf("%s: %v", c.folders[0].dir, err)), nil
		}
		found := &Found{}
		c.take(w, found, name, v, machine, source.DriverStore)
		best, no := found.only(v)
		return best, append(rejected, no...), found.Problems
	}
	return nil, rejected, nil
}
