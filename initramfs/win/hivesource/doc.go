// Package hivesource finds what can take the place of a registry hive that is
// lost: the hive itself with its logs, copies that Windows keeps, and snapshots
// of System Restore. Each candidate is opened, replayed, checked and dated, and
// the list is in the order in which a person should think of them.
//
// Where they are:
//
//   - System32\config: the hive with .LOG, .LOG1, .LOG2; .alt (NT 4, 2000: a
//     mirror of SYSTEM), .sav (left by text-mode setup)
//   - System32\config\RegBack (Vista to Windows 10 1709; files of 0 bytes since
//     1803 unless EnablePeriodicBackup is set), there .OLD too (Vista)
//   - repair (NT 4 to 2003: as of the installation or the last rdisk), and
//     repair\RegBack (as of the last backup of the system state)
//   - System Volume Information\_restore{GUID}\RPn\snapshot (XP)
//
// A copy is dated by the newest time stamp of its keys: the base block has none
// since Windows 8.1, and files are copied about.
//
// What the list cannot say: whether hives of different dates go together. SAM
// and SECURITY belong together, and a SYSTEM hive that is older than the drivers
// installed may not start. Candidates of one set have the same Dir.
package hivesource
