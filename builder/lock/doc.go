// Package lock lets one at a time into a directory that several processes work in, as two
// builds at once do that share a cache.
//
// Locks are those of flock(2): a process that ends, however it does, gives its locks back.
//
// Not supported: network file systems that do not know flock; there all get in at once.
package lock
