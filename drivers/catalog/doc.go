// Package catalog knows which drivers serve which storage controller in which
// Windows: the ones Windows brings along (inbox drivers), with all that the
// registry needs to start them, and where there is none, what a person has to
// provide.
//
//	c, err := catalog.Load()
//	w := catalog.Windows{NT: catalog.NTVersion(5, 1), Build: 2600, Arch: inf.X86}
//	entry, ok := c.Find(device, w)    // inbox driver, its services and files
//	advice, ok := c.Needs(device, w)  // driver package of somebody else
//	all := c.CriticalDevices(w)       // what MergeIDE writes, and more
//
// The knowledge is data, in data/*.txt, one file for each family of controllers,
// each line with its source; what is not proved says so and is returned as
// Unproved. Devices are named by the ids of Windows, so that a line can be compared
// with a registry: "PCI\VEN_8086&DEV_7010".
//
// It is the second witness: the first is the installation itself, whose registry
// binds device ids to services (CriticalDeviceDatabase before Windows 8,
// DriverDatabase since).
package catalog
