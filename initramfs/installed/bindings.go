package installed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// bound collects device ids by the name of the service, in lower case.
type bound struct {
	ids     map[string][]string
	storage map[string]bool // of classes of disk controllers
}

func (b bound) add(service, id, class string) {
	key := strings.ToLower(service)
	if service == "" {
		return
	}
	if !slices.ContainsFunc(b.ids[key], func(have string) bool { return regf.EqualFold(have, id) }) {
		b.ids[key] = append(b.ids[key], id)
	}
	if regf.EqualFold(class, registry.ClassHDC) || regf.EqualFold(class, registry.ClassSCSIAdapter) {
		b.storage[key] = true
	}
}

// bindings are the device ids that the registry gives to services: by the driver
// database from Windows 8 on, by the critical device database before, and by what
// Plug and Play installed. What is damaged is left out, with an error.
func bindings(w *inspect.Installation) (bound, error) {
	b := bound{map[string][]string{}, map[string]bool{}}
	errs := []error{b.database(w.Hive)}
	for _, set := range w.ControlSets {
		if !boots(w, set) {
			continue
		}
		if len(b.ids) == 0 {
			errs = append(errs, b.critical(w.Hive, set.Path+`\Control\CriticalDeviceDatabase`))
		}
		errs = append(errs, b.met(w.Hive, set.Path+`\Enum`))
	}
	return b, errors.Join(errs...)
}

// below lists the keys below a path, which need not exist.
func below(h *regf.Hive, path string) ([]*regf.Key, error) {
	k, err := h.Key(path)
	if errors.Is(err, regf.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return k.Subkeys()
}

// child lists the keys below a key of that name, which need not exist.
func child(k *regf.Key, name string) ([]*regf.Key, error) {
	c, err := k.Subkey(name)
	if errors.Is(err, regf.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return c.Subkeys()
}

// textOf is a string value, "" where it is missing or something else.
func textOf(k *regf.Key, name string) string {
	v, err := k.Value(name)
	if err != nil {
		return ""
	}
	s, err := v.Text()
	if err != nil {
		return ""
	}
	return s
}

// critical reads an entry for each id: PCI#VEN_8086&DEV_7010 with the value Service.
func (b bound) critical(h *regf.Hive, path string) error {
	keys, err := below(h, path)
	for _, k := range keys {
		b.add(textOf(k, "Service"), strings.ReplaceAll(k.Name(), "#", `\`), textOf(k, "ClassGUID"))
	}
	return err
}

// database follows, in each package, the descriptor of an id to its configuration,
// and that to the service.
func (b bound) database(h *regf.Hive) error {
	packages, err := below(h, `DriverDatabase\DriverPackages`)
	errs := []error{err}
	for _, p := range packages {
		services, class := map[string]string{}, classOf(p)
		configurations, err := child(p, "Configurations")
		errs = append(errs, err)
		for _, c := range configurations {
			services[strings.ToLower(c.Name())] = textOf(c, "Service")
		}
		buses, err := child(p, "Descriptors")
		errs = append(errs, err)
		for _, bus := range buses {
			ids, err := bus.Subkeys()
			errs = append(errs, err)
			for _, id := range ids {
				b.add(services[strings.ToLower(textOf(id, "Configuration"))], bus.Name()+`\`+id.Name(), class)
			}
		}
	}
	return errors.Join(errs...)
}

// classOf is the setup class of a package of the driver database: 16 bytes of the
// value Version, from the eighth on.
func classOf(p *regf.Key) string {
	v, err := p.Value("Version")
	if err != nil {
		return ""
	}
	b, err := v.Data()
	if err != nil || len(b) < 24 {
		return ""
	}
	return fmt.Sprintf("{%08X-%04X-%04X-%X-%X}", binary.LittleEndian.Uint32(b[8:]), binary.LittleEndian.Uint16(b[12:]), binary.LittleEndian.Uint16(b[14:]), b[16:18], b[18:24])
}

// met reads the devices that this Windows has met on its way to disks.
func (b bound) met(h *regf.Hive, enum string) error {
	var errs []error
	for _, bus := range []string{"PCI", "PCIIDE", "VMBUS", "SCSI", "IDE", "STORAGE"} {
		devices, err := below(h, enum+`\`+bus)
		errs = append(errs, err)
		for _, d := range devices {
			instances, err := d.Subkeys()
			errs = append(errs, err)
			for _, i := range instances {
				b.add(textOf(i, "Service"), bus+`\`+d.Name(), textOf(i, "ClassGUID"))
			}
		}
	}
	return errors.Join(errs...)
}
