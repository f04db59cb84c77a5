// Package bootini reads and edits boot.ini, the menu of NTLDR (NT 3.1 to Server
// 2003), freeldr.ini, that of ReactOS, and the ARC paths in both.
//
// A file that was parsed and not edited is written back byte for byte, whatever
// it holds: unknown lines and sections, comments, order, case, blanks, line ends
// of any kind, bytes of any code page, and what follows a ctrl-Z. An edit
// replaces the bytes that it is about, a number, a title, a switch, and no
// others of its line.
//
// Text is bytes: a boot.ini is in the OEM code page of its Windows, which the
// file does not name. Section names, keys, ARC paths and switches are ASCII and
// compared without case.
//
// Parsing never fails. What NTLDR would stumble over is listed by
// File.Problems.
//
// Sources: KB 102873 (ARC paths), KB 227704 (signature()), files of real
// machines; the reading of freeldr.ini as ReactOS' FreeLoader does it.
package bootini
