// Package lznt1 decodes LZNT1, the compression of NTFS ("compress contents to
// save disk space", attribute flag 1). It is pure: bytes in, bytes out.
//
// The plain data is cut into chunks of 4096 bytes, each of which is compressed
// on its own. A chunk begins with a 16-bit header: bit 15 says whether it is
// compressed, bits 14 to 12 are the signature 3, bits 11 to 0 are the length of
// the whole chunk less 3. A header of zero, or the end of the input, ends the
// data. A compressed chunk is a row of groups: one byte of flags, lowest bit
// first, then eight tokens; 0 is a byte, 1 is a 16-bit copy token. How many
// bits of a copy token are the distance depends on how much of the chunk is
// there already: enough to reach its start, at least 4 and at most 12.
//
// Source: MS-XCA, section 2.5 (learn.microsoft.com/openspecs), and the
// documentation of libfsntfs (github.com/libyal/libfsntfs).
//
// Not supported: compressing; the compression units around the data, which are
// the business of package ntfs.
package lznt1
