// Package registry gives a SYSTEM hive its meaning: control sets, services,
// the tables that tell Windows which driver a device needs before it can read
// its own disk (the critical device database up to Windows 7, the driver
// database from Windows 8 on), and the identifiers a device has in them.
//
// Paths are key paths from the root of the hive, as package regf takes them, so
// that a value found here can be edited there. Functions that edit take a
// regf.Editor, whose hive is the one that the control set is of; see
// EveryControlSet.
//
// Sources: the layout of the keys was read out of hives of Windows XP, 7, 8.1
// and 10; device identifiers follow Microsoft's "Identifiers for PCI devices"
// and were compared with the Enum key of those hives. The lookup order of the
// loader and of Plug and Play is more than this package knows: it reports what
// the tables say, not which of two packages Windows would rank first.
//
// Not supported: Enum instances, the driver store.
package registry
