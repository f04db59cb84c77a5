// Package pe answers the three questions that a boot repair asks of an
// executable: is it a PE image at all, for which processor, and what is its
// file version (VS_FIXEDFILEINFO in the resources).
//
// Format: Microsoft's "PE Format" and "VS_VERSIONINFO structure".
//
// The standard library's debug/pe is not used: it reads symbols and string
// table of every file it opens, allocates by counts the file gives, knows
// nothing of resources, and drags DWARF and zlib into a program that has to fit
// a floppy. This package reads a few hundred bytes.
//
// Not supported: imports, string tables of the version resource, signatures,
// 16-bit executables (told apart from PE, not read).
package pe
