// Package installed lists the drivers that a Windows has: what the loader would
// start, from which file, of which version and whose, and which devices the registry
// gives to it. It only reads; package bootchain says which of them are needed.
package installed
