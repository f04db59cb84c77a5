// Package manifest tells of what a medium consists: every file with its size and
// SHA-256, the packages it is from, and of each package version, origin, checksum and
// licence. The same as a software bill of materials in SPDX 2.3 (JSON).
//
// The last line of a manifest has the SHA-256 of those before it. That finds damage; it is
// no signature: who changes a medium on purpose can write the line anew.
//
// The SPDX document is written by hand instead of by github.com/spdx/tools-golang: of
// that model a tenth is needed, and a struct for it is shorter than the conversion.
// The tests let a foreign validator judge it where there is one.
//
// Sources: SPDX 2.3, chapters 6 to 11; Debian's copyright format 1.0 for the licences.
//
// Not supported: relations between packages besides "contains", snippets, signatures.
package manifest
