// Package judge answers one question about a disk image: would this Windows reach
// its boot volume through this controller? It shares no code with the engine: the
// hive is read by hivexsh, the volume by ntfsls and ntfscat, drivers by
// Go's debug/pe, and what has to be true is written down here a second time, from the same facts:
//
//	the controller's ids -> the registry's binding (CriticalDeviceDatabase, Enum;
//	since Windows 8 DriverDatabase) -> service -> Type 1, Start 0, no
//	StartOverride, a load order group -> its file, for this processor, with the
//	port drivers that it imports -> the services that have to start with it
//
// all in the control set that Select names Default. Windows NT 4 has no such
// binding: there a started miniport looks for its hardware.
package judge
