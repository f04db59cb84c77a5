// Package inject puts storage drivers into a Windows that does not run.
//
//	offer, err := inject.For(patient, windows, controller)  // where a driver comes from
//	steps, err := inject.Steps(windows, offer.Drivers...)    // what to change, as data
//
// It is the part that people cannot do by hand: a driver must be there as a
// file, as a service that the boot loader starts in every control set, and as
// the one that Windows gives the controller to before Plug and Play runs.
//
//   - Windows NT 4.0: file and service. Its miniports look for their hardware
//     themselves; there is nothing to bind.
//   - Windows 2000 to 7: and an entry of the critical device database for each
//     id of the device, in every control set.
//   - Windows 8 and later: and a package in the driver database, which serves
//     all control sets; StartOverride, which they read instead of Start, agrees.
//
// A driver package is also kept in a folder of its own below the system root,
// which DevicePath names, so that Plug and Play installs it as it would from a
// disk: INF, driver store and class entries are made by Windows itself at its
// first start. That is what virt-v2v does; putPackageFiles says why. From Vista
// on the catalog is added to CatRoot, where the loader looks for signatures.
//
// What is there already and right gives no step, so that the result of a repair
// needs none; what virt-v2v and others left behind is completed and not doubled.
//
// A package gets its own service and its own files only: it is refused where
// either is Windows' or another driver's, and where a file does not say what it
// is. What its INF writes against its own start is left out.
//
// Before, it is checked that the driver can run: processor, port driver and the
// functions that it imports, signature. What speaks against it is a *Refusal
// with a sentence that says what to provide; where no driver can be had it is a
// *NeedError.
//
// Sources: real hives of XP, 7, 8.1 and 10; virt-v2v's inject_virtio_win.ml;
// MergeIDE (KB 314082); ReactOS' wlregistry.c. Nothing of it was tried on a
// running Windows yet.
package inject
