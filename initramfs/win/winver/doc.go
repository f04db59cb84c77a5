// Package winver tells which Windows an installation is: by its SOFTWARE hive,
// or, where that is lost, by the file version of its kernel.
//
// The rules are those of libguestfs' inspection (daemon/inspect_fs_windows.ml)
// and were checked against a hive of Windows XP: CurrentBuildNumber counts and
// not CurrentBuild, which on XP holds something else; from Windows 10 on the
// version is in two DWORDs because CurrentVersion stays at "6.3"; ProductName
// still says "Windows 10" on Windows 11.
//
// Not supported: telling server releases of the same build apart (ask
// ProductName), Windows 9x.
package winver
