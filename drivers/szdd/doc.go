// Package szdd reads the single files that COMPRESS.EXE and its relatives made
// and that setup disks carry, such as atapi.sy_: SZDD, its older form of
// QuickBASIC ("SZ "), and KWAJ.
//
//	r, err := szdd.Open(file)     // an io.Reader of the plain content
//	name := r.Name("atapi.sy_")   // "atapi.sys"
//
// A stream is decoded as it is read; memory is 4 KiB of window and a buffer.
//
// SZDD is LZSS: a byte of flags for eight items, the lowest bit first; 1 is a
// literal, 0 a match of 3 to 18 bytes in a window of 4096 that begins as blanks.
// The header has the size and the last letter of the name. KWAJ has a header of
// optional fields and five methods.
//
// Sources: the comments of libmspack (cabextract.org.uk) and of mscompress;
// checked against msexpand.
//
// Not supported: methods 3 (LZH) and 4 (MSZIP) of KWAJ (ErrMethod): no file or
// tool was found to prove them by. Encoding.
package szdd
