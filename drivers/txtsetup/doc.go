// Package txtsetup reads txtsetup.oem, the list of drivers on a floppy that the
// text mode of Windows' setup (NT 4.0 to Server 2003) offers behind F6. It says
// which device ids a driver serves, which files it has and what its service's key
// holds.
//
//	[Disks]                    disk = "description", \tag file, \directory
//	[Defaults]                 scsi = id
//	[scsi]                     id = "description"[, service]
//	[Files.scsi.id]            driver = disk, file, service; inf, catalog, dll = disk, file
//	[HardwareIds.scsi.id]      id = "PCI\VEN_...", "service"
//	[Config.service]           value = key, name, type, data
//
// Comments begin with # or ;. Numbers are hexadecimal. A backslash at the end of a
// line is the root directory: lines do not go on.
//
// Sources: the comments that Microsoft's own example of the file carries and
// that most of its kind repeat; learn.microsoft.com, "Using txtsetup.oem".
//
// Not supported: components other than by their names; [Defaults] of components
// that have no section.
package txtsetup
