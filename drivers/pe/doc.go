// Package pe answers what a boot repair asks of an executable: is it a PE image
// at all and is all of it there, for which processor and subsystem, which files
// does it import from, what is its file version, is its checksum right, and does
// it carry a signature.
//
// A version resource says the version twice, as numbers (Version) and as text
// (Strings); these may disagree, and the numbers are what Windows compares.
//
// Format: Microsoft's "PE Format" and "VS_VERSIONINFO structure"; the checksum is
// that of CheckSumMappedFile (imagehlp).
//
// The standard library's debug/pe is not used: it reads symbols and string
// table of every file it opens, allocates by counts the file gives, knows
// nothing of resources, and drags DWARF and zlib into a program that has to fit
// a floppy. This package reads a few hundred bytes; only Checksum reads the whole
// file.
//
// Not supported: verifying a signature (its bounds
// are checked, its content is not); 16-bit executables (told apart from PE, not
// read).
package pe
