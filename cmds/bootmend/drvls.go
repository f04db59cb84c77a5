package main

import (
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/installed"
	"github.com/bootmend/bootmend/initramfs/report"
)

// drvListDoc is what drv ls --json prints. Fields are added, never renamed.
type drvListDoc struct {
	header
	Windows []drvWindowsDoc `json:"windows"`
}

type drvWindowsDoc struct {
	ID      string      `json:"id"`
	Label   string      `json:"label"`
	Drivers []driverDoc `json:"drivers"`
	Error   string      `json:"error,omitempty"` // what could not be read
}

type driverDoc struct {
	Name          string            `json:"name"`
	State         string            `json:"state"`
	ControlSets   map[string]string `json:"control_sets"` // state by control set
	Start         uint32            `json:"start"`
	StartOverride map[string]uint32 `json:"start_override,omitempty"`
	Group         string            `json:"group,omitempty"`
	Tag           *uint32           `json:"tag,omitempty"`
	File          string            `json:"file,omitempty"`
	FileError     string            `json:"file_error,omitempty"`
	Version       string            `json:"version,omitempty"`
	Vendor        string            `json:"vendor,omitempty"`
	Description   string            `json:"description,omitempty"`
	Storage       bool              `json:"storage"`
	IDs           []string          `json:"ids"`
}

func newDriverDoc(d *installed.Driver) driverDoc {
	doc := driverDoc{Name: d.Name, State: string(d.State), ControlSets: map[string]string{}, Start: d.Service.Start, Group: d.Service.Group,
		File: d.File, Version: d.Version, Vendor: d.Vendor, Description: d.Title, Storage: d.Storage, IDs: append([]string{}, d.IDs...)}
	for set, state := range d.Sets {
		doc.ControlSets[set] = string(state)
	}
	for _, o := range d.Service.StartOverride {
		if doc.StartOverride == nil {
			doc.StartOverride = map[string]uint32{}
		}
		doc.StartOverride[o.Name] = o.Value
	}
	if d.Service.HasTag {
		doc.Tag = &d.Service.Tag
	}
	if d.FileErr != nil {
		doc.FileError = d.FileErr.Error()
	}
	return doc
}

// list lists the drivers of each Windows.
func (d *drvTool) list(disks []string) error {
	_, meant, done, err := d.inspect(disks)
	if err != nil {
		return err
	}
	defer done()
	doc := drvListDoc{Windows: []drvWindowsDoc{}}
	for _, w := range meant {
		drivers, err := installed.Drivers(w, d.all)
		one := drvWindowsDoc{ID: w.ID, Label: w.Label(), Drivers: []driverDoc{}}
		for _, drv := range drivers {
			one.Drivers = append(one.Drivers, newDriverDoc(drv))
		}
		if err != nil {
			one.Error = err.Error()
			*d.code = report.ExitPerson
		}
		doc.Windows = append(doc.Windows, one)
		if !d.flags.json {
			d.writeDrivers(w, drivers, err)
		}
	}
	if !d.flags.json {
		return nil
	}
	doc.header = drvHeader("ls", *d.code)
	return d.print(doc)
}

func (d *drvTool) writeDrivers(w *inspect.Installation, drivers []*installed.Driver, err error) {
	fmt.Fprintf(d.out, "%s: %s\n", w.ID, printable(w.Label()))
	for _, drv := range drivers {
		line := fmt.Sprintf("  %-15s %-14s %s %s", printable(drv.Name), drv.State, drv.Version, printable(drv.Vendor))
		fmt.Fprintln(d.out, strings.TrimRight(line, " "))
		where := drv.File
		if drv.FileErr != nil {
			where = drv.FileErr.Error()
		}
		fmt.Fprintf(d.out, "      %s\n", printable(where))
		if len(drv.IDs) > 0 {
			fmt.Fprintf(d.out, "      for %s\n", printable(few(drv.IDs)))
		}
		if other := otherStates(drv); other != "" {
			fmt.Fprintf(d.out, "      %s\n", other)
		}
	}
	if err != nil {
		fmt.Fprintf(d.out, "  NOT READ %s\n", printable(err.Error()))
	}
}

// few shows the first of many.
func few(list []string) string {
	const most = 3
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

// otherStates names control sets in which the driver starts otherwise.
func otherStates(d *installed.Driver) string {
	var all []string
	own := ""
	for set, state := range d.Sets {
		if strings.HasPrefix(strings.ToLower(d.Service.KeyPath), strings.ToLower(set)+`\`) {
			own = string(state)
		}
	}
	for _, set := range sortedKeys(d.Sets) {
		if s := string(d.Sets[set]); s != own {
			all = append(all, set+": "+s)
		}
	}
	return strings.Join(all, ", ")
}
