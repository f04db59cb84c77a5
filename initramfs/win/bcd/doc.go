// Package bcd reads, edits and builds stores of boot configuration data (BCD), which the
// boot manager of Windows Vista and later reads: \Boot\BCD with BIOS,
// \EFI\Microsoft\Boot\BCD on the ESP with UEFI.
//
// A store is a registry hive. Its key Objects has one key for each object, named by a
// GUID: Description\Type says what it is (boot manager, loader, settings that others
// inherit, ...), below Elements each element has a key of its own, named by its
// type in eight hexadecimal digits, with the value Element. The format digit of
// the type says how the value is to be read; what an element means depends on
// the kind of object as well. Devices are binary descriptors, which nest: a
// ramdisk is a file of a device, a device may lie in a virtual disk that is a
// file of another.
//
// The layout was taken from eleven real stores of Windows 7 to 10; names are those that
// bcdedit prints, from Geoff Chappell's list
// (geoffchappell.com, notes/windows/boot/bcd) and Microsoft's documentation of BCD.
//
// Nothing is normalised: elements of unknown meaning, descriptors that are not
// understood and bytes behind the end of a string stay as they are. The package opens no file
// and writes nothing: edits go through a regf.Editor, a new store is returned as
// bytes.
//
// Not supported: the stores in firmware of computers without registry (BCD of
// Itanium), and what the boot manager does with elements at run time.
package bcd
