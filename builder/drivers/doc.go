// Package drivers collects driver packages for a boot medium: out of what a person
// names (a folder, an ISO, a cabinet, a self-extracting EXE) it takes the packages
// that Windows may need to start, each with the files that it copies, and leaves
// the rest. The files keep their folders, below \drivers of the medium, where
// bootmend finds them when it is started from it.
//
// They lie on the medium and not in the initramfs: memory of the machine is not
// spent on them.
package drivers
