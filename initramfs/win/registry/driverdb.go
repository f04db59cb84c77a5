package registry

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

const driverDatabase = "DriverDatabase"

// DriverDatabase is the table of driver packages that Windows 8 and later bind
// devices with while they start. One serves all control sets.
type DriverDatabase struct{ root *regf.Key }

// HasDriverDatabase reports whether the hive has a driver database, so whether
// Windows ignores the critical device database.
func (s *System) HasDriverDatabase() (bool, error) {
	_, err := s.DriverDatabase()
	if errors.Is(err, regf.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// DriverDatabase opens it. Errors wrap regf.ErrNotExist before Windows 8.
func (s *System) DriverDatabase() (*DriverDatabase, error) {
	k, err := s.Hive.Key(driverDatabase)
	if err != nil {
		return nil, err
	}
	return &DriverDatabase{k}, nil
}

// Active is the name of the package that an INF file stands for, which is that of its
// folder in the driver store: "oem1.inf" gives "vboxguest.inf_amd64_7c8d1446c2599c22".
// "" where the database does not know the file.
func (d *DriverDatabase) Active(inf string) (string, error) {
	k, err := descend(d.root, `DriverInfFiles\`+inf)
	if err != nil {
		return "", ignoreAbsent(err)
	}
	return activePackage(k)
}

// Binding says which service a driver package gives a device id. Fields from
// Package on are empty where the tables do not lead further.
type Binding struct {
	ID            string // the device id that was looked up
	Inf           string // "mshdc.inf"
	Match         []byte // value of the inf in DeviceIds: 01 FF 00 00, or 02 FF 00 00
	Package       string // active package: "mshdc.inf_amd64_d0125efb9153d084"
	Version       PackageVersion
	SignerScore   Number // 0D000003 inbox, 0D000005 or 0F000000 other vendors'
	Configuration string // "msahci_Inst"
	Service       string // "storahci"; "" also where the package installs none
	ExcludeIDs    []string
}

// PackageVersion is what the value Version of a package holds.
type PackageVersion struct {
	ClassGUID string // "{4d36e96a-e325-11ce-bfc1-08002be10318}", lower case
	Date      time.Time
	Driver    [4]uint16 // 10.0.16299.251
}

// Lookup returns the bindings of one device id, one for each inf, by name of
// the inf. Errors wrap regf.ErrNotExist when no inf names the id.
func (d *DriverDatabase) Lookup(id string) ([]Binding, error) {
	k, err := descend(d.root, `DeviceIds\`+id)
	if err != nil {
		return nil, err
	}
	values, err := k.Values()
	if err != nil {
		return nil, err
	}
	var list []Binding
	for _, v := range values {
		if v.Name() == "" {
			continue
		}
		b := Binding{ID: id, Inf: v.Name()}
		if b.Match, err = v.Data(); err != nil {
			return nil, err
		}
		if err := d.resolve(&b); err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("device id %q: no inf: %w", id, regf.ErrNotExist)
	}
	slices.SortFunc(list, func(x, y Binding) int { return strings.Compare(x.Inf, y.Inf) })
	return list, nil
}

// Bind returns the bindings of a device with several ids, in the order of ids,
// without those whose configuration excludes the device. It is empty when no
// package knows the device.
func (d *DriverDatabase) Bind(ids []string) ([]Binding, error) {
	var all []Binding
	for _, id := range ids {
		list, err := d.Lookup(id)
		if err != nil && !errors.Is(err, regf.ErrNotExist) {
			return all, err
		}
		for _, b := range list {
			if !slices.ContainsFunc(b.ExcludeIDs, func(x string) bool {
				return slices.ContainsFunc(ids, func(y string) bool { return regf.EqualFold(x, y) })
			}) {
				all = append(all, b)
			}
		}
	}
	return all, nil
}

// resolve follows inf, package, descriptor and configuration to the service.
func (d *DriverDatabase) resolve(b *Binding) error {
	inf, err := descend(d.root, `DriverInfFiles\`+b.Inf)
	if err != nil {
		return ignoreAbsent(err)
	}
	if b.Package, err = activePackage(inf); err != nil || b.Package == "" {
		return err
	}
	pkg, err := descend(d.root, `DriverPackages\`+b.Package)
	if err != nil {
		return ignoreAbsent(err)
	}
	if b.SignerScore, err = number(pkg, "SignerScore"); err != nil {
		return err
	}
	if b.Version, err = packageVersion(pkg); err != nil {
		return err
	}
	desc, err := descend(pkg, `Descriptors\`+b.ID)
	if err != nil {
		return ignoreAbsent(err)
	}
	if b.Configuration, err = optionalText(desc, "Configuration"); err != nil || b.Configuration == "" {
		return err
	}
	conf, err := descend(pkg, `Configurations\`+b.Configuration)
	if err != nil {
		return ignoreAbsent(err)
	}
	if b.Service, err = optionalText(conf, "Service"); err != nil {
		return err
	}
	v, err := conf.Value("ExcludeIds")
	if err != nil {
		return ignoreAbsent(err)
	}
	b.ExcludeIDs, err = v.MultiString()
	return err
}

// activePackage reads Active, or where that is missing the only package listed.
func activePackage(inf *regf.Key) (string, error) {
	if s, err := optionalText(inf, "Active"); err != nil || s != "" {
		return s, err
	}
	v, err := inf.Value("")
	if err != nil {
		return "", ignoreAbsent(err)
	}
	list, err := v.MultiString()
	if err != nil || len(list) != 1 {
		return "", err
	}
	return list[0], nil
}

// packageVersion decodes the 48 bytes of Version: u32 flags and architecture,
// u32 0, class GUID, FILETIME, four u16 of the version from the last to the
// first, 8 bytes 0. Any other length gives the zero version.
func packageVersion(pkg *regf.Key) (PackageVersion, error) {
	v, err := pkg.Value("Version")
	if err != nil {
		return PackageVersion{}, ignoreAbsent(err)
	}
	b, err := v.Data()
	if err != nil || len(b) != 48 {
		return PackageVersion{}, err
	}
	le := binary.LittleEndian
	p := PackageVersion{
		ClassGUID: fmt.Sprintf("{%08x-%04x-%04x-%x-%x}", le.Uint32(b[8:]), le.Uint16(b[12:]), le.Uint16(b[14:]), b[16:18], b[18:24]),
		Date:      regf.FileTime(le.Uint64(b[24:])),
	}
	for i := range p.Driver {
		p.Driver[i] = le.Uint16(b[38-2*i:])
	}
	return p, nil
}

func descend(k *regf.Key, path string) (*regf.Key, error) {
	for name := range strings.SplitSeq(path, `\`) {
		var err error
		if k, err = k.Subkey(name); err != nil {
			return nil, err
		}
	}
	return k, nil
}

func ignoreAbsent(err error) error {
	if errors.Is(err, regf.ErrNotExist) {
		return nil
	}
	return err
}
