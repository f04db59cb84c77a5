package inject

import (
	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Driver is one driver that is to be put into a Windows: one service, its file
// and what makes Windows give a device to it.
type Driver struct {
	Service Service
	// Files belong below the system root. None: they are there already.
	Files []File
	// IDs are those of devices that the driver is bound to; none: its device is
	// found by another way (a filter, a bus driver whose device was always there).
	IDs []DeviceID
	// ClassGUID of the devices, with braces, as INF files write it.
	ClassGUID string
	// Configuration is the name of the install section, as the driver database
	// calls it; "" takes the name of the service.
	Configuration string
	// Device holds the values of the device's own key (INF: the .HW section).
	Device []Value
	// Package is what Plug and Play installs later from; nil for drivers that
	// come with Windows.
	Package *Package
	// With are the services that the same package adds: its files are theirs, too.
	With []string
	// Inbox: service and files are Windows' own, not those of a package.
	Inbox bool
	// Origin says where all this comes from.
	Origin []inspect.Evidence
}

// Service holds the values of the service's key; Start is always 0.
type Service struct {
	Name               string
	Type, ErrorControl uint32
	Group              string // load order group
	Tag                uint32
	HasTag             bool
	TagToFront         bool
	DisplayName        string
	// Path of the file below the system root; "": system32\drivers\<name>.sys.
	Path string
	// Values are those below the key that an INF or the catalog wants.
	Values []Value
	// EventLog holds the values of the key of the service below
	// Services\EventLog\System.
	EventLog []Value
}

// Value is a value of the registry; Key is relative, "" is the key itself. With
// Data nil only the key is made.
type Value struct {
	Key, Name string
	Data      *step.Data
}

// File is a file that the driver brings along.
type File struct {
	// Path is below the system root, e.g. `system32\drivers\viostor.sys`.
	Path    string
	Content step.Content
	Version pe.Version // zero when it says none
	Inbox   bool       // Windows' own, from its sources
	Origin  inspect.Evidence
}

// DeviceID is an identifier as Plug and Play spells it: `PCI\VEN_1AF4&DEV_1001`.
type DeviceID struct {
	ID string
	// Compatible: the INF names it as a compatible id, not as the hardware id.
	Compatible bool
	// Present: the controller that the driver is for has this id. Only such ids
	// are taken away from another service.
	Present                   bool
	Description, Manufacturer string
}

// Package is a driver package as it is handed to Plug and Play.
type Package struct {
	INF      string // name of the INF file, e.g. "viostor.inf"
	Catalog  string // name of the catalog among Files, "" when there is none
	Provider string
	// Signing is what its signatures say; nil: it has none, as far as is known.
	Signing *source.Signing
	// Files are all that belong together, INF and catalog included. Path is
	// below the folder of the package.
	Files []File
}

func (s Service) file() string {
	if s.Path != "" {
		return s.Path
	}
	return `system32\drivers\` + s.Name + ".sys"
}
