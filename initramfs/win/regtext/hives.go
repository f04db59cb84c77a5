package regtext

import (
	"io"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// Hives reads a whole file and counts its entries by the hive that they are
// for, so that a caller knows which hives of an installation to apply it to
// (with SkipOtherHives). registry.KindUnknown counts those that only a look at
// a hive, or a person, can place: files made for a hive that somebody loaded
// under a name of his own, HKEY_CLASSES_ROOT, paths that are none.
func Hives(r *Reader) (map[registry.Kind]int, error) {
	count := map[registry.Kind]int{}
	for {
		e, err := r.Next()
		if err == io.EOF {
			return count, nil
		}
		if err != nil {
			return count, err
		}
		count[kindOfPath(e.Key)]++
	}
}

func kindOfPath(path string) registry.Kind {
	parts, err := split(path)
	if err != nil {
		return registry.KindUnknown
	}
	switch root := parts[0]; {
	case regf.EqualFold(root, userRoot):
		return registry.KindUser
	case len(parts) < 2:
		return registry.KindUnknown
	case regf.EqualFold(root, machineRoot):
		return registry.KindMounted(parts[1])
	case regf.EqualFold(root, usersRoot) && regf.EqualFold(parts[1], ".DEFAULT"):
		return registry.KindUser
	}
	return registry.KindUnknown
}
