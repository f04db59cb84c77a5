package bootchain

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// InstalledFrom is the INF file by which a device got its driver.
type InstalledFrom struct {
	Inf      string // in the INF folder of Windows, lower case: "oem1.inf"
	Provider string // as the INF says: "Oracle Corporation"; may be empty
	Origin   inspect.Evidence
}

// DevicesFrom lists the INF files by which the devices of some services were installed
// in a control set, each once. With an error come those that could be read.
//
// The instance of a device below Enum names its service and, as Driver, its key below
// Control\Class, where InfPath is the INF file that installed it. Sources: learn.microsoft.com,
// DEVPKEY_Device_DriverInfPath; hives of 7, 8.1 and 10.
func DevicesFrom(w *inspect.Installation, set *registry.ControlSet, services []string) ([]InstalledFrom, error) {
	r := filterReader{hive: w.System.Hive}
	var all []InstalledFrom
	text := func(k *regf.Key, name string) string {
		v, err := k.Value(name)
		if err != nil {
			r.problem(err)
			return ""
		}
		s, err := v.Text()
		r.problem(err)
		return s
	}
	device := func(k *regf.Key, path string) {
		if service := text(k, "Service"); service == "" || !containsFold(services, service) {
			return
		}
		driver := text(k, "Driver")
		if driver == "" {
			return // nothing was installed for it
		}
		class, err := r.hive.Key(set.Path + `\Control\Class\` + driver)
		if err != nil {
			r.problem(err)
			return
		}
		from := InstalledFrom{Inf: strings.ToLower(text(class, "InfPath")), Provider: text(class, "ProviderName")}
		for _, known := range all {
			if known.Inf == from.Inf {
				return
			}
		}
		if from.Inf != "" {
			from.Origin = hiveEvidence(w, path, fmt.Sprintf(`Control\Class\%s: InfPath = %s`, driver, from.Inf))
			all = append(all, from)
		}
	}
	r.below(set.Path+`\Enum`, func(_ *regf.Key, bus string) {
		r.below(bus, func(_ *regf.Key, dev string) { r.below(dev, device) })
	})
	return all, errors.Join(r.errs...)
}

func containsFold(all []string, name string) bool {
	return slices.ContainsFunc(all, func(s string) bool { return strings.EqualFold(s, name) })
}
