package donor

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// driverStoreFile finds a file that no component has in the driver store: folders
// that are called name.inf_arch_hash or name.inf_arch_language_hash. There has to be
// one content of it, of this Windows or an earlier update.
func driverStoreFile(w *inspect.Installation, name string, machine pe.Machine) (best *Copy, rejected []string, problems []error) {
	t, found := w.Volume.Tree(), &Found{}
	root := w.Path(`system32\DriverStore\FileRepository`)
	list, err := t.ReadDir(root)
	if err != nil {
		return nil, nil, nil
	}
	for _, e := range list {
		_, rest, ok := strings.Cut(strings.ToLower(e.Name), ".inf_")
		if !e.Dir || !ok || !strings.HasPrefix(rest, archName(machine)+"_") {
			continue
		}
		path := source.Join(root, e.Name, name)
		if file, err := t.Open(path); err == nil {
			found.add(name, path+" on "+w.Volume.ID(), source.DriverStore, file, machine, func(c *Copy) { c.Own = true })
		}
	}
	best, rejected = found.Best(func(c Copy) error {
		if !c.HasVersion || laterUpdate(w, c.Version) {
			return fmt.Errorf("%w: %v", ErrLevel, c.Version)
		}
		return nil
	})
	for _, c := range found.Copies {
		if best != nil && !bytes.Equal(c.Data, best.Data) {
			return nil, append(rejected, fmt.Sprintf("%s and %s differ: %v", best.Where, c.Where, ErrInUse)), found.Problems
		}
	}
	return best, rejected, found.Problems
}
