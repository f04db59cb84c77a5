package bcd

import (
	"encoding/hex"
	"fmt"
)

// ObjectInfo describes an object, for JSON.
type ObjectInfo struct {
	ID       string        `json:"id"`              // {GUID}
	Alias    string        `json:"alias,omitempty"` // {bootmgr}, ...
	Type     string        `json:"type"`            // eight hexadecimal digits
	Title    string        `json:"title"`           // what bcdedit prints over it
	Default  bool          `json:"default,omitempty"`
	Elements []ElementInfo `json:"elements"`
	Variable *VariableInfo `json:"boot_entry,omitempty"`
}

// ElementInfo describes an element. Value is a string, a number, true or false,
// a list of strings or numbers, or a DeviceInfo; it is absent where the data is not
// what the type promises, and Hex tells.
type ElementInfo struct {
	Type  string   `json:"type"` // eight hexadecimal digits
	Name  string   `json:"name"` // osdevice, custom:XXXXXXXX
	Value any      `json:"value,omitempty"`
	Text  []string `json:"text"` // as bcdedit prints it
	Hex   string   `json:"hex"`
}

// DeviceInfo describes a device.
type DeviceInfo struct {
	Kind       string   `json:"kind"` // boot, partition, file, ramdisk, vhd, locate, disk, unknown
	Path       string   `json:"path,omitempty"`
	Options    string   `json:"options,omitempty"`    // {GUID}
	Partitions []string `json:"partitions,omitempty"` // all that it refers to, as ParseIdentity reads them
}

// VariableInfo describes the copy of a boot entry of the firmware.
type VariableInfo struct {
	Entry  string `json:"entry"` // Boot0003
	Name   string `json:"name"`
	Active bool   `json:"active"`
}

// Describe describes all objects in the order in which bcdedit prints them.
func (s *Store) Describe() []ObjectInfo {
	all := []ObjectInfo{}
	for _, o := range s.Sorted() {
		all = append(all, s.DescribeObject(o))
	}
	return all
}

// DescribeObject describes one object.
func (s *Store) DescribeObject(o *Object) ObjectInfo {
	i := ObjectInfo{ID: o.ID.String(), Type: fmt.Sprintf("%08x", uint32(o.Type)), Title: o.Title(), Elements: []ElementInfo{}}
	if alias := o.ID.Alias(); alias != i.ID {
		i.Alias = alias
	}
	def := s.Object(DefaultEntry)
	i.Default = def != nil && def.ID == o.ID
	for _, e := range o.sorted() {
		i.Elements = append(i.Elements, s.DescribeElement(o, e))
	}
	if v, err := ParseVariable(o.Variable); err == nil {
		i.Variable = &VariableInfo{fmt.Sprintf("Boot%04X", v.Number), v.Name, v.Attributes&1 != 0}
	}
	return i
}

// DescribeElement describes one element.
func (s *Store) DescribeElement(o *Object, e *Element) ElementInfo {
	i := ElementInfo{Type: e.Type.Key(), Name: o.Type.ElementName(e.Type), Text: s.Show(o, e, TextOptions{}), Hex: hex.EncodeToString(e.Data)}
	if i.Text == nil {
		i.Text = []string{}
	}
	i.Value = e.value()
	return i
}

// value is the value of an element for JSON, nil where there is none.
func (e *Element) value() any {
	switch e.Type.Format() {
	case FormatDevice:
		if d, err := e.Device(); err == nil {
			return d.Info()
		}
	case FormatString:
		return orNil(e.Text())
	case FormatObject:
		if id, err := e.Object(); err == nil {
			return id.String()
		}
	case FormatObjectList:
		if ids, err := e.Objects(); err == nil {
			list := []string{}
			for _, id := range ids {
				list = append(list, id.String())
			}
			return list
		}
	case FormatInteger:
		return orNil(e.Integer())
	case FormatBoolean:
		return orNil(e.Boolean())
	case FormatIntegerList:
		return orNil(e.Integers())
	}
	return nil
}

func orNil[T any](v T, err error) any {
	if err != nil {
		return nil
	}
	return v
}

// Info describes a device for JSON.
func (d Device) Info() DeviceInfo {
	i := DeviceInfo{Kind: "unknown"}
	disk := d.Disk
	if d.Partition != nil {
		disk = &d.Partition.Disk
	}
	switch {
	case d.Kind == KindBoot:
		i.Kind = "boot"
	case d.Locate != nil:
		i.Kind, i.Path = "locate", d.Locate.Name()
	case disk == nil:
	case disk.Kind == LocalVHD:
		i.Kind = "vhd"
		if c := disk.Container; c.Disk != nil && c.Disk.File != nil {
			i.Path = c.Disk.File.Name()
		}
	case disk.Kind == LocalRamdisk && disk.File != nil:
		i.Kind, i.Path = "ramdisk", disk.File.Name()
	case disk.Kind == LocalFile && disk.File != nil:
		i.Kind, i.Path = "file", disk.File.Name()
	case d.Partition != nil && disk.Kind == LocalHardDisk:
		i.Kind = "partition"
	case disk.Kind == LocalHardDisk:
		i.Kind = "disk"
	}
	if !d.Options.IsZero() {
		i.Options = d.Options.String()
	}
	for _, id := range d.Identities() {
		i.Partitions = append(i.Partitions, id.Short())
	}
	return i
}
