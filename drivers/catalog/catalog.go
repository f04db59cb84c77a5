package catalog

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/inf"
)

//go:embed data/*.txt
var data embed.FS

// Catalog is the parsed data.
type Catalog struct {
	devices  map[string][]*record // by id in upper case, in the order of the files
	services map[string][]*record // by name in lower case
	needs    map[string][]*record
	same     map[string][]*record
	critical []*record
	records  []*record
}

// Load parses the embedded data. An error is a mistake in the program.
func Load() (*Catalog, error) {
	names, err := fs.Glob(data, "data/*.txt")
	if err != nil {
		return nil, err
	}
	c := newCatalog()
	for _, name := range names {
		text, err := data.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if err := c.parse(name, string(text)); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func newCatalog() *Catalog {
	return &Catalog{devices: map[string][]*record{}, services: map[string][]*record{}, needs: map[string][]*record{}, same: map[string][]*record{}}
}

// Find returns the inbox driver for a controller in a Windows: by the most
// specific of the device's ids that has one, so that a line that names the device
// comes before one that names its class. ok is false when that Windows has no
// inbox driver for it, as far as the catalog knows; see Needs.
func (c *Catalog) Find(d Device, w Windows) (e Entry, ok bool) {
	for _, id := range c.ids(d, w) {
		if r, s := pick(c.devices[strings.ToUpper(id)], w); r != nil {
			return c.entry(id, r, s, w), r.names[0] != "-"
		}
	}
	return Entry{}, false
}

// ids are those of the device, and those of what it is shown as, too.
func (c *Catalog) ids(d Device, w Windows) []string {
	ids := d.IDs()
	for _, id := range ids {
		if r, _ := pick(c.same[strings.ToUpper(id)], w); r != nil {
			return append(ids, r.names...)
		}
	}
	return ids
}

// pick returns the first record for a Windows and its range that is meant.
func pick(list []*record, w Windows) (*record, span) {
	for _, r := range list {
		if s, ok := r.spanOf(w); ok {
			return r, s
		}
	}
	return nil, span{}
}

func (c *Catalog) entry(id string, r *record, s span, w Windows) Entry {
	e := Entry{Controller: id, From: s.from.nt, To: s.to.nt, Source: r.source, Unproved: r.unproved || s.unproved}
	for i, name := range r.names {
		if name == "-" {
			break
		}
		v := c.service(name, w)
		if i == 0 {
			v.CriticalDevices = []string{criticalID(id)}
		}
		e.Services = append(e.Services, v)
	}
	return e
}

// service gives the values of a service in a Windows. That there are none is a
// mistake in the data, which a test looks for.
func (c *Catalog) service(name string, w Windows) Service {
	r, s := pick(c.services[strings.ToLower(name)], w)
	if r == nil {
		return Service{Name: name, Unproved: true}
	}
	v := r.service
	v.Files, v.Params, v.CriticalDevices = slices.Clone(v.Files), slices.Clone(v.Params), slices.Clone(v.CriticalDevices)
	v.Source, v.Unproved = r.source, r.unproved || s.unproved
	for _, cr := range c.critical {
		if _, ok := cr.spanOf(w); ok && strings.EqualFold(cr.names[0], name) {
			v.CriticalDevices = append(v.CriticalDevices, cr.ids...)
		}
	}
	return v
}

// Service gives the values of a service by its name in any case: an inbox one, or
// one of a driver package (viostor, vmscsi, ...) as its INF file would set it up,
// with the ids to bind. Service.Source tells which.
func (c *Catalog) Service(name string, w Windows) (Service, bool) {
	if r, _ := pick(c.services[strings.ToLower(name)], w); r == nil {
		return Service{}, false
	}
	return c.service(name, w), true
}

// Companions are the services that must run beside one that the registry binds
// to a controller: an IDE controller's channels are devices of their own, driven
// by atapi. The result includes service itself, first.
func (c *Catalog) Companions(service string) []string {
	for _, r := range c.records {
		if r.kind == kindDevice && strings.EqualFold(r.names[0], service) {
			return slices.Clone(r.names)
		}
	}
	return []string{service}
}

// Needs says what driver package somebody has to provide for a controller that a
// Windows does not know by itself. It also answers where there is an inbox
// driver and a better one is wanted. ok is false when nothing is known.
func (c *Catalog) Needs(d Device, w Windows) (a Advice, ok bool) {
	for _, id := range c.ids(d, w) {
		if r, s := pick(c.needs[strings.ToUpper(id)], w); r != nil {
			a = Advice{Package: forArch(r.text, w), None: r.none, Notes: forArch(r.notes, w), Source: r.source, Unproved: r.unproved || s.unproved}
			if r.names[0] != "-" {
				a.Services = slices.Clone(r.names)
			}
			return a, true
		}
	}
	return Advice{}, false
}

// CriticalDevices are the entries of the CriticalDeviceDatabase that let a
// Windows before version 8 start from any IDE, ATA or AHCI controller that it has
// a driver for: the controllers, their channels and the disk itself. It is what
// the tool MergeIDE writes, corrected by what real hives hold. Later versions do
// not read that database: nil.
func (c *Catalog) CriticalDevices(w Windows) []CriticalDevice {
	if w.NT < 500 || w.NT >= 602 {
		return nil
	}
	var all []CriticalDevice
	for _, r := range c.records {
		s, ok := r.spanOf(w)
		if !ok || r.kind != kindDevice && r.kind != kindCritical || r.names[0] == "-" {
			continue
		}
		v := c.service(r.names[0], w)
		class := v.ClassGUID
		if r.kind == kindCritical {
			class = r.class
		} else if class != ClassHDC {
			continue
		}
		for _, id := range r.ids {
			all = append(all, CriticalDevice{criticalID(id), v.Name, class, r.source, r.unproved || s.unproved})
		}
	}
	return all
}

// forArch names the processor as driver packages name their folders.
func forArch(s string, w Windows) string {
	name := map[inf.Arch]string{"": "PROCESSOR", inf.ARM64: "ARM64"}[w.Arch]
	if name == "" {
		name = string(w.Arch)
	}
	return strings.ReplaceAll(s, "{arch}", name)
}

func (r *record) errorf(format string, args ...any) error {
	return fmt.Errorf("%s line %d: %w", r.file, r.line, fmt.Errorf(format, args...))
}
