package catalog

import (
	"fmt"
	"maps"
	"slices"
)

// Binding is what the catalog says of one device id in one Windows.
type Binding struct {
	ID string // as in Enum: "PCI\VEN_8086&DEV_7010", "primary_ide_channel"
	// Services are the driver and its companions; none: Windows leaves the device
	// out on purpose.
	Services  []string
	ClassGUID string // "" without services
	Line      string // "data/ide.txt line 20"
	Source    string
	Unproved  bool
}

// Bindings lists all device ids that the catalog knows an inbox driver for in a
// Windows, in the order of its data.
func (c *Catalog) Bindings(w Windows) []Binding {
	var all []Binding
	for _, r := range c.records {
		s, ok := r.spanOf(w)
		if !ok || r.kind != kindDevice && r.kind != kindCritical {
			continue
		}
		b := Binding{Line: fmt.Sprintf("%s line %d", r.file, r.line), Source: r.source, Unproved: r.unproved || s.unproved}
		if r.names[0] != "-" {
			b.Services, b.ClassGUID = r.names, r.class
		}
		if r.kind == kindDevice && b.Services != nil {
			b.ClassGUID = c.service(r.names[0], w).ClassGUID
		}
		for _, id := range r.ids {
			b.ID, b.Services = id, slices.Clone(b.Services)
			all = append(all, b)
		}
	}
	return all
}

// Services lists the services that the catalog knows in a Windows, by name: inbox
// ones and those of driver packages, see Service.
func (c *Catalog) Services(w Windows) []Service {
	var all []Service
	for _, name := range slices.Sorted(maps.Keys(c.services)) {
		if v, ok := c.Service(name, w); ok {
			all = append(all, v)
		}
	}
	return all
}
