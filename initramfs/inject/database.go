package inject

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

const databaseRoot = `DriverDatabase\`

// ownPrefix keeps the names of what we add apart from the INF files that
// Windows brings along (lsi_sas.inf) and from those that it publishes itself
// (oem12.inf), so that neither is touched and no number is used up.
const ownPrefix = "bootmend_"

// putDatabase binds the ids to the service in the driver database, which
// Windows 8 and later go by. What virt-v2v (guestor.inf) or another tool made
// is completed instead of a second package being made.
func (p *plan) putDatabase(db *registry.DriverDatabase, d *Driver) error {
	p.system.why = "binds the controller to " + d.Service.Name
	missing := d.IDs
	for _, dev := range d.IDs {
		b, err := lookup(db, dev.ID, d.Service.Name)
		if err != nil {
			return err
		}
		if b == nil {
			continue
		}
		if err := p.completePackage(b, d); err != nil {
			return err
		}
		missing = slices.DeleteFunc(slices.Clone(missing), func(m DeviceID) bool { return regf.EqualFold(m.ID, dev.ID) })
	}
	if len(missing) == 0 {
		return nil
	}
	return p.putPackage(d, missing)
}

// lookup finds the package that gives an id to the service, nil when none does.
func lookup(db *registry.DriverDatabase, id, service string) (*registry.Binding, error) {
	list, err := db.Lookup(id)
	if err != nil {
		return nil, absent(err)
	}
	for i := range list {
		if regf.EqualFold(list[i].Service, service) {
			return &list[i], nil
		}
	}
	return nil, nil
}

// completePackage gives a package its Version, without which Windows 10 and
// Server 2016 do not take it (virt-v2v, inject_virtio_win.ml).
func (p *plan) completePackage(b *registry.Binding, d *Driver) error {
	if b.Version.ClassGUID != "" {
		return nil
	}
	version, err := packageVersion(p.w, d)
	if err != nil {
		return err
	}
	return p.system.put(databaseRoot+`DriverPackages\`+b.Package, "Version", version)
}

// putPackage makes a package of our own, as real hives of 8.1 and 10 show the
// packages of other vendors. Date and version stay zero, so that any package
// that Plug and Play finds later is better than this one.
func (p *plan) putPackage(d *Driver, ids []DeviceID) error {
	h, inf := p.system, ownPrefix+strings.ToLower(d.Service.Name)+".inf"
	files, conf := databaseRoot+`DriverInfFiles\`+inf, d.configuration()
	name, err := h.text(files, "Active")
	if err != nil {
		return err
	}
	if name == "" {
		name = packageKey(p.w, inf, d)
	}
	configurations, err := h.list(files, "Configurations")
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(configurations, func(s string) bool { return regf.EqualFold(s, conf) }) {
		configurations = append(configurations, conf)
	}
	pkg := databaseRoot + `DriverPackages\` + name
	version, err := packageVersion(p.w, d)
	if err != nil {
		return err
	}
	type value struct {
		key, name string
		data      *step.Data
	}
	all := []value{
		{files, "", listData(name)},
		{files, "Active", textData(name)},
		{files, "Configurations", listData(configurations...)},
		{pkg, "", textData(inf)},
		{pkg, "Version", version},
		{pkg + `\Configurations\` + conf, "ConfigFlags", step.DWORD(0)},
		{pkg + `\Configurations\` + conf, "Service", textData(d.Service.Name)},
	}
	if d.Package != nil {
		folder, err := p.packageFolder(d.Package)
		if err != nil {
			return err
		}
		all = append(all, value{pkg, "InfName", textData(d.Package.INF)},
			value{pkg, "OemPath", textData(windowsPath(p.w, folder))})
		if d.Package.Provider != "" {
			all = append(all, value{pkg, "Provider", textData(d.Package.Provider)})
		}
	}
	for _, below := range []struct {
		key    string
		values []Value
	}{{`Services\` + d.Service.Name, tame(d.Service.Values)}, {"Device", d.Device}} {
		for _, v := range below.values {
			key := strings.TrimSuffix(pkg+`\Configurations\`+conf+`\`+below.key+`\`+v.Key, `\`)
			if v.Data == nil {
				if err := h.makeKey(key); err != nil {
					return err
				}
				continue
			}
			all = append(all, value{key, v.Name, v.Data})
		}
	}
	names, err := p.descriptorNames(pkg+`\Strings`, ids)
	if err != nil {
		return err
	}
	for _, dev := range ids {
		match := binaryData(1, 0xff, 0, 0)
		if dev.Compatible {
			match = binaryData(2, 0xff, 0, 0)
		}
		key := pkg + `\Descriptors\` + dev.ID
		all = append(all, value{databaseRoot + `DeviceIds\` + dev.ID, inf, match}, value{key, "Configuration", textData(conf)})
		for _, text := range []struct{ name, text string }{{"Description", dev.Description}, {"Manufacturer", dev.Manufacturer}} {
			if text.text != "" {
				all = append(all, value{key, text.name, textData("%" + names[text.text] + "%")}, value{pkg + `\Strings`, names[text.text], textData(text.text)})
			}
		}
	}
	if d.ClassGUID != "" {
		all = append(all, value{databaseRoot + `DeviceIds\` + strings.ToLower(d.ClassGUID), inf, &step.Data{Type: regf.RegNone, Bytes: []byte{}}})
	}
	for _, v := range all {
		if err := h.put(v.key, v.name, v.data); err != nil {
			return err
		}
	}
	return nil
}

// descriptorNames gives each text a token for Strings: the one that it has, or
// the next that is free.
func (p *plan) descriptorNames(key string, ids []DeviceID) (map[string]string, error) {
	names := map[string]string{"": ""}
	next := 1
	for _, dev := range ids {
		for _, text := range []string{dev.Description, dev.Manufacturer} {
			for ; names[text] == "" && text != ""; next++ {
				token := "text" + strconv.Itoa(next)
				if there, err := p.system.text(key, token); err != nil {
					return nil, err
				} else if there == "" || there == text {
					names[text] = token
				}
			}
		}
	}
	return names, nil
}

// packageKey is the name of the package: pnputil lists only what looks like
// name.inf_amd64_ and 16 hexadecimal digits (virt-v2v, commit da55dc4). The
// digits are a hash of what the package is made of, so that the same driver
// gets the same name again, for whatever device.
func packageKey(w *inspect.Installation, inf string, d *Driver) string {
	sum := sha256.New()
	fmt.Fprintln(sum, inf, w.Arch, strings.ToLower(d.ClassGUID))
	if d.Package != nil {
		for _, f := range d.Package.Files {
			fmt.Fprintln(sum, strings.ToLower(f.Path), f.Content.Sum)
		}
	}
	return fmt.Sprintf("%s_%s_%x", inf, w.Arch, sum.Sum(nil)[:8])
}

func (d *Driver) configuration() string {
	if d.Configuration != "" {
		return d.Configuration
	}
	return d.Service.Name + "_Inst"
}

// packageVersion is the value Version: 48 bytes, of which those that say whose
// package it is, the architecture (9 amd64, 0 x86, 12 arm64; the numbers of
// PROCESSOR_ARCHITECTURE, 9 seen in hives, and virt-v2v writes 9 for both),
// and the class. Date, version and the rest are zero.
func packageVersion(w *inspect.Installation, d *Driver) (*step.Data, error) {
	guid, err := guidBytes(d.ClassGUID)
	if err != nil {
		return nil, err
	}
	architecture := map[inspect.Arch]byte{inspect.X86: 0, inspect.AMD64: 9, inspect.ARM64: 12}[w.Arch]
	b := append([]byte{0x00, 0xff, architecture, 0, 0, 0, 0, 0}, guid...)
	return binaryData(append(b, make([]byte, 48-len(b))...)...), nil
}

var errGUID = errors.New("not a GUID")

// guidBytes is a GUID as Windows keeps it: the first three parts little endian.
func guidBytes(s string) ([]byte, error) {
	parts := strings.Split(strings.Trim(s, "{}"), "-")
	if len(parts) != 5 {
		return nil, fmt.Errorf("class %q: %w", s, errGUID)
	}
	var b []byte
	for i, n := range []int{8, 4, 4, 4, 12} {
		v, err := strconv.ParseUint(parts[i], 16, 64)
		if err != nil || len(parts[i]) != n {
			return nil, fmt.Errorf("class %q: %w", s, errGUID)
		}
		switch i {
		case 0:
			b = binary.LittleEndian.AppendUint32(b, uint32(v))
		case 1, 2:
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		case 3:
			b = binary.BigEndian.AppendUint16(b, uint16(v))
		case 4:
			b = append(b, binary.BigEndian.AppendUint64(nil, v)[2:]...)
		}
	}
	return b, nil
}
