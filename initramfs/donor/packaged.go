package donor

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// Packaged finds the file of a driver of another maker than Microsoft in the driver store
// of Vista and later, which keeps each package that was installed whole. path is where
// the driver is loaded from, in system32\drivers; sets are asked in their order, the
// first that has a service with this file answers. nil: there is none, or nothing tells
// which of several it is.
//
// It is certain where the chain is whole: the devices of the service were installed from
// one INF file (bootchain.DevicesFrom), which is that of the package: Windows 8 and
// later have that in their driver database, and the file in the INF folder is a copy of
// the package's. Where no device has the service, its Owners have to name one INF file
// and SOFTWARE (PnpLockdownFiles) the file of that package. What speaks against it is
// the doubt of the copy, and so is that only the name of the file says it.
//
// Sources: learn.microsoft.com (driver store, DEVPKEY_Device_DriverInfPath: a copy of the INF
// file lies in the INF folder as oemNnn.inf); in the hives of 8.1 and 10 that were
// seen the INF file of every device is among the Owners of its service, and Active of it
// in the driver database the folder of the package; PnpLockdownFiles: registry
// files that others recorded of installations (distrobuilder, drvctl).
func Packaged(w *inspect.Installation, sets []*registry.ControlSet, path string) *Copy {
	name := strings.ToLower(source.Base(path))
	if !edition.NT6 || !bootchain.IsNT6(w) || archName(bootchain.MachineOf(w)) == "" || !strings.EqualFold(path, w.Path(`system32\drivers\`+name)) {
		return nil
	}
	packages := packagesWith(w, name)
	if len(packages) == 0 {
		return nil
	}
	users := usersOf(w, sets, path)
	of, why := users.packageOf(w, name, packages)
	if why != "" {
		return onlyByName(w, packages, why)
	}
	i := slices.IndexFunc(packages, func(p storePackage) bool { return strings.EqualFold(p.folder, of.folder) })
	if i < 0 || packages[i].copy == nil {
		return nil // it is of a package that does not have it
	}
	best := *packages[i].copy
	if best.Doubt = of.against(packages, i); of.doubt == "" {
		best.Proof = of.proof
	}
	return &best
}

// onlyByName is the file of the only package that has one of that name, where that is not one
// of Windows itself.
func onlyByName(w *inspect.Installation, packages []storePackage, why string) *Copy {
	if len(packages) != 1 || packages[0].copy == nil || bootchain.Exists(w.Volume, w.Path(`INF\`+packages[0].inf())) {
		return nil
	}
	best := *packages[0].copy
	best.Doubt = "it has the name of the driver's file, and that it is the one is not certain: " + why
	return &best
}

// proofOf is a package and by what it is known to be that of a driver.
type proofOf struct {
	folder, proof string
	doubt         string // what speaks against it
	locked        string // the file that SOFTWARE names, below the repository; "" none
}

// against says what speaks against the package at place i of all that have the file.
func (of proofOf) against(packages []storePackage, i int) string {
	p := packages[i]
	named := of.locked != "" && strings.EqualFold(of.locked, p.below)
	switch {
	case of.doubt != "":
		return of.doubt
	case of.locked != "" && !named:
		return "SOFTWARE has another file of the driver store as its source: " + of.locked
	case named:
		return ""
	}
	for _, other := range packages {
		if other.copy != nil && !bytes.Equal(other.copy.Data, p.copy.Data) {
			return fmt.Sprintf("%s has another version of it", other.folder)
		}
	}
	return ""
}

// users are the services of a control set that load a file.
type users struct {
	set    *registry.ControlSet
	names  []string
	owners []string // INF files that their keys name, lower case; Windows 8 and later
}

func usersOf(w *inspect.Installation, sets []*registry.ControlSet, path string) (u users) {
	for _, set := range sets {
		services, _ := set.Services() // what cannot be read is a finding of its own
		for _, s := range services {
			if below, err := registry.DriverFile(s, w.Root); err == nil && strings.EqualFold(w.Path(below), path) {
				u.set, u.names = set, append(u.names, s.Name)
				u.owners = append(u.owners, ownersOf(w.System.Hive, s.KeyPath)...)
			}
		}
		if len(u.names) > 0 {
			break
		}
	}
	slices.Sort(u.owners)
	u.owners = slices.Compact(u.owners)
	return u
}

func ownersOf(hive *regf.Hive, key string) (all []string) {
	k, err := hive.Key(key)
	if err != nil {
		return nil
	}
	v, err := k.Value("Owners")
	if err != nil {
		return nil
	}
	list, _ := v.MultiString()
	for _, inf := range list {
		all = append(all, strings.ToLower(inf))
	}
	return all
}

// packageOf follows the registry from the services to their package; why says at what
// it ends before.
func (u users) packageOf(w *inspect.Installation, name string, packages []storePackage) (of proofOf, why string) {
	if u.set == nil {
		return of, "no service loads it"
	}
	of.locked = lockedSource(w, name)
	devices, err := bootchain.DevicesFrom(w, u.set, u.names)
	switch {
	case err != nil:
		return of, fmt.Sprintf("not all devices can be read: %v", err)
	case len(devices) > 1:
		return of, "its devices are of several packages"
	case len(devices) == 0 && (len(u.owners) != 1 || of.locked == ""):
		return of, "no device says from which package it is"
	case len(devices) == 0:
		of.folder, err = activeOf(w, u.owners[0])
		if own := strings.ToLower(of.folder) + `\`; err != nil || of.folder == "" || !isOEM(u.owners[0]) || !strings.HasPrefix(strings.ToLower(of.locked), own) {
			return of, "no device says from which package it is"
		}
		of.proof = fmt.Sprintf("its service is of %s, which is that package, and SOFTWARE names the file", u.owners[0])
		return of, ""
	}
	d := devices[0]
	if !isOEM(d.Inf) && strings.EqualFold(d.Provider, "Microsoft") {
		return of, "" // no package: Windows' own, of which SystemFile says what is in use
	}
	of.folder, of.doubt, err = folderOf(w, d.Inf, packages)
	if err != nil {
		return of, err.Error()
	}
	if of.doubt == "" && len(u.owners) > 0 && !slices.Contains(u.owners, d.Inf) {
		of.doubt = fmt.Sprintf("the service is of %s, its device of %s", strings.Join(u.owners, ", "), d.Inf)
	}
	of.proof = fmt.Sprintf("its device was installed from %s, which is that package", d.Inf)
	return of, ""
}

// errNoFolder: which package an INF file stands for is not known.
var errNoFolder = errors.New("nothing tells which package it is")

// folderOf is the folder of the package that an INF file stands for.
func folderOf(w *inspect.Installation, inf string, packages []storePackage) (folder, doubt string, err error) {
	same, there := copiesOf(w, inf, packages)
	folder, err = activeOf(w, inf)
	switch {
	case err != nil:
		return "", "", err
	case folder == "" && len(same) != 1:
		return "", "", fmt.Errorf("its device was installed from %s: %w", inf, errNoFolder)
	case folder == "":
		return same[0], "", nil
	}
	if there && !slices.ContainsFunc(same, func(s string) bool { return strings.EqualFold(s, folder) }) {
		doubt = fmt.Sprintf("%s is not the INF file of %s", inf, folder)
	}
	return folder, doubt, nil
}

func isOEM(inf string) bool { return strings.HasPrefix(inf, "oem") }
