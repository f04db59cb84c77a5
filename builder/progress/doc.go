// Package progress says how far a step is that takes long: a download, the unpacking of
// an archive, the build of a kernel.
package progress
