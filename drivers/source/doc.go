// Package source finds driver files and driver packages: in an installed
// Windows, in another one, on a medium, in what the image brings along.
//
// Everything is read through a Tree, which a volume, a folder, an ISO image, a
// cabinet and a self-extracting EXE can be. The package imports no file system:
// who has one makes a Tree of it.
package source
