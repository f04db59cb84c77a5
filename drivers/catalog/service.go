package catalog

// Service is a driver as the registry describes it, complete: what Services\Name
// has to hold for the loader to start it at boot in the Windows asked for. Start
// is always 0; from Windows 8 on there must be no StartOverride beside it.
type Service struct {
	Name                      string
	Type, Start, ErrorControl uint32
	Tag                       uint32
	HasTag                    bool
	Group                     string // "" for none
	// ImagePath is below the Windows directory: system32\drivers\atapi.sys.
	ImagePath string
	// Files are the names of the driver and of what it imports that comes as a
	// file of its own, all in system32\drivers.
	Files []string
	// INF is the name of the inbox INF that installs it, "" before there was one
	// or when it is not known.
	INF string
	// ClassGUID is the setup class of the device it drives, in upper case and
	// braces, as CriticalDeviceDatabase has it.
	ClassGUID string
	// Params are values below the key of the service.
	Params []Value
	// CriticalDevices are the ids to bind to the service for the device asked for,
	// as the CriticalDeviceDatabase spells them; with a backslash for # they are
	// those of DriverDatabase\DeviceIds.
	CriticalDevices []string
	// Notes say what is peculiar to this driver: where its files lie, what must
	// not be beside it. "" for nothing.
	Notes    string
	Source   string
	Unproved bool
}

// Value is a registry value. Type and Data are as in the hive (REG_DWORD is 4,
// strings are UTF-16LE with their ends), so as in inf.Registry.
type Value struct {
	Key  string // below the service's key, "" for the key itself
	Name string
	Type uint32
	Data []byte
}

// CriticalDevice is an entry of the CriticalDeviceDatabase.
type CriticalDevice struct {
	ID        string // "pci#ven_8086&dev_7010"
	Service   string
	ClassGUID string
	Source    string
	Unproved  bool
}

// Setup classes of storage.
const (
	ClassHDC         = "{4D36E96A-E325-11CE-BFC1-08002BE10318}"
	ClassSCSIAdapter = "{4D36E97B-E325-11CE-BFC1-08002BE10318}"
	ClassDiskDrive   = "{4D36E967-E325-11CE-BFC1-08002BE10318}"
	ClassSystem      = "{4D36E97D-E325-11CE-BFC1-08002BE10318}"
	ClassUSB         = "{36FC9E60-C465-11CF-8056-444553540000}"
)

// Entry is an inbox driver for a controller.
type Entry struct {
	// Controller is the id that decided: "PCI\VEN_8086&DEV_7010", or that of a
	// class, "PCI\CC_0101".
	Controller string
	// Services are all that must be started by the loader before the boot volume
	// appears, the controller's first. The port libraries (scsiport, storport,
	// ataport, pciidex) are files of these, not services.
	Services []Service
	From, To NT // the versions of Windows that the line is for, both included
	Source   string
	// Unproved: general knowledge, or the neighbour of a proved one.
	Unproved bool
}

// Exact reports whether the entry names the device and not only its class.
func (e Entry) Exact() bool { return !isClassID(e.Controller) }

// Names are the names of the services, controller first.
func (e Entry) Names() []string {
	var names []string
	for _, s := range e.Services {
		names = append(names, s.Name)
	}
	return names
}

// Advice says what somebody has to provide for a controller.
type Advice struct {
	// Package names the driver package: "viostor of virtio-win, folder ...". With
	// None there is no such package, and it says what to do instead: "attach the
	// disk to ...".
	Package string
	None    bool
	// Services are the names by which such a package is recognised.
	Services []string
	// Notes are about signatures, service packs, ways around; "" for none.
	Notes    string
	Source   string
	Unproved bool
}
