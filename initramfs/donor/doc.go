// Package donor finds good copies of files without which Windows does not start:
// kernel, HAL and libraries; of NT 4 to Server 2003 and ReactOS also the boot loader's
// files and port drivers.
//
// From Vista on there may be many versions of a file on a disk, and one of them is in
// use: it is taken from the component store (package winsxs), where it is known
// which one that is, or from elsewhere where it is of that very version.
//
// They are searched on the patient itself (file protection's cache, service pack
// files, driver cache, set-up folders, other installations and volumes), on disks
// and discs that are attached, and in what a person named. Nothing is fetched
// from elsewhere and nothing is made up.
//
// What a copy is, its file version says; of files that have none (ntdetect.com)
// that of the kernel beside them. Who takes a copy decides by Fit and Level
// whether it may be put in place.
package donor
