// Package sparse copies, places and hashes disk images that are mostly holes,
// touching only the parts that hold data (SEEK_DATA and SEEK_HOLE). A guest's
// disk of two gigabytes costs as much as the few megabytes in it.
package sparse
