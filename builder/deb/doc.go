// Package deb reads files out of Debian packages: deb(5), an ar(5) archive with
// a compressed tar archive data.tar.* in it.
//
// Not supported: control files, signatures, installing, device nodes and
// symbolic links (nothing that the image needs is one), ar's long file names
// (no member of a .deb has one).
package deb
