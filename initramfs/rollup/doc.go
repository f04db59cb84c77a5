// Package rollup knows the one file that Update Rollup 1 for Windows 2000 SP4
// (KB 891861, first edition) broke: scsiport.sys 5.0.2195.7017, the port driver of
// all SCSI miniports. With a BusLogic adapter, which virtual machines have, Windows
// stops with 0x0000001E KMODE_EXCEPTION_NOT_HANDLED.
//
//	fault, err := rollup.Scsiport(w)           // is it the bad one?
//	steps, from, err := fault.Steps(patient)   // a good one in its place
//
// Good is any other: the one from before the rollup (in its uninstall folder,
// ServicePackFiles, sp4.cab, dllcache), or 5.0.2195.7059 of the second edition and of
// KB 904374, which a person brings along. It goes to system32\drivers and, so that
// file protection does not bring the bad one back, to system32\dllcache.
//
// Sources: KB 904374, KB 891861, KB 922979.
package rollup
