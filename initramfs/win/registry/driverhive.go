package registry

import (
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// FoundDatabase is a driver database and the hive that holds it.
type FoundDatabase struct {
	*DriverDatabase
	In Kind // KindSystem or KindDrivers
}

// DriverDatabases returns the driver databases of an installation: that of the
// SYSTEM hive and that of config\DRIVERS, which later versions of Windows have
// beside it; drivers may be nil. The loader itself reads the SYSTEM hive only.
// A key that is a symbolic link counts as absent: it leads to the other hive.
// None at all is an empty list: Windows before 8.
func DriverDatabases(s *System, drivers *regf.Hive) ([]FoundDatabase, error) {
	var found []FoundDatabase
	for _, h := range []struct {
		hive *regf.Hive
		kind Kind
	}{{s.Hive, KindSystem}, {drivers, KindDrivers}} {
		if h.hive == nil {
			continue
		}
		k, err := h.hive.Key(driverDatabase)
		if errors.Is(err, regf.ErrNotExist) {
			continue
		}
		if err != nil {
			return found, fmt.Errorf("%s hive: %w", h.kind, err)
		}
		if !IsLink(k) {
			found = append(found, FoundDatabase{&DriverDatabase{k}, h.kind})
		}
	}
	return found, nil
}

// IsLink reports whether a key is a symbolic link (REG_LINK), whose target only a
// running Windows can follow.
func IsLink(k *regf.Key) bool { return k.Flags()&0x10 != 0 }
