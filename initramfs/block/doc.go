// Package block is what the engine knows of storage: a Device of fixed-size
// logical sectors, read and written at byte offsets.
//
// Everything that understands a format (part, fs, win) takes a Device and asks
// nothing else of the system: it opens no file and it never calls Flush. Only
// package repair holds a Device that can change a disk; everybody else gets a
// read-only one, or an overlay whose writes stay in memory.
package block
