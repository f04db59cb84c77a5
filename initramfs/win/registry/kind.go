package registry

import (
	"errors"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// Kind says which hive of a Windows a file is.
type Kind string

// The kinds, by the names of their files. A hive of a kind that is not known is
// "".
const (
	KindSystem     Kind = "SYSTEM"
	KindSoftware   Kind = "SOFTWARE"
	KindSAM        Kind = "SAM"
	KindSecurity   Kind = "SECURITY"
	KindUser       Kind = "NTUSER.DAT" // a user's; DEFAULT, too
	KindDrivers    Kind = "DRIVERS"
	KindComponents Kind = "COMPONENTS"
	KindBCD        Kind = "BCD"
	KindUnknown    Kind = ""
)

// KindOf tells the kind of a hive by the keys it has, in which every hive that
// was seen differs from the others. Errors come from reading and wrap
// regf.ErrDamaged when the answer lies in a damaged part.
func KindOf(h *regf.Hive) (Kind, error) {
	for _, k := range []struct {
		kind Kind
		keys []string // all of them
	}{
		{KindSystem, []string{"Select"}},
		{KindSoftware, []string{`Microsoft\Windows NT\CurrentVersion`}},
		{KindSAM, []string{`SAM\Domains`}},
		{KindBCD, []string{"Objects", "Description"}},
		{KindDrivers, []string{driverDatabase}},
		{KindComponents, []string{"DerivedData", "CanonicalData"}},
		{KindSecurity, []string{"Policy", "Cache"}},
		{KindUser, []string{"Software", "Control Panel"}},
	} {
		all := true
		for _, path := range k.keys {
			_, err := h.Key(path)
			if err != nil && !errors.Is(err, regf.ErrNotExist) {
				return KindUnknown, err
			}
			all = all && err == nil
		}
		if all {
			return k.kind, nil
		}
	}
	return KindUnknown, nil
}

// Mount is what a running Windows calls the root of the hive, e.g.
// HKEY_LOCAL_MACHINE\SYSTEM; for a hive of unknown kind a name that nothing has.
func (k Kind) Mount() string {
	const machine = `HKEY_LOCAL_MACHINE\`
	switch k {
	case KindUnknown:
		return machine + "OFFLINE"
	case KindUser:
		return "HKEY_CURRENT_USER"
	case KindBCD:
		return machine + "BCD00000000"
	}
	return machine + string(k)
}

// KindMounted is the inverse of Mount for names below HKEY_LOCAL_MACHINE,
// ignoring case: "system" gives KindSystem. Other names give KindUnknown.
func KindMounted(name string) Kind {
	for _, k := range []Kind{KindSystem, KindSoftware, KindSAM, KindSecurity, KindDrivers, KindComponents} {
		if regf.EqualFold(string(k), name) {
			return k
		}
	}
	if regf.EqualFold("BCD00000000", name) {
		return KindBCD
	}
	return KindUnknown
}
