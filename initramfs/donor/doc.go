// Package donor finds good copies of files without which Windows does not start:
// kernel, HAL and libraries; of NT 4 to Server 2003 and ReactOS also the boot loader's
// files and port drivers.
//
// From Vista on there may be many versions of a file on a disk, and one of them is in
// use. It is of the build of Windows (that of 10 22H2 is 19045, its files have 19041), else
// it is refused; what a service pack did not change has an earlier build, which other files
// of its component or SOFTWARE have to prove. It is known for certain only
// where other files of its component in system32 have exactly that version and SOFTWARE
// names no other; where SOFTWARE names it, and neither such files nor the update
// revision of Windows nor an update that waits speak against it; or where its last
// number is the update revision and no update waits. What else may be it, because there
// is no other of the build, has a Doubt and is taken on request only; what files in
// system32 contradict, or may be of one of several components, is refused. The file
// comes from the component store (package winsxs) or from elsewhere where it is of that
// very version; from the driver store only a version that is known for certain, never
// of another maker's package. The file of another maker's driver comes from its own
// package there (Packaged), by what registry and INF files say of where it was
// installed from.
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
