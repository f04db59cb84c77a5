// Package mszip decodes MSZIP, the compression of most cabinets and of some
// KWAJ files: blocks of up to 32 KiB, each of them the letters CK and a deflate
// stream that may refer to the last 32 KiB of the blocks before it.
//
// Source: MS-MCI, "Microsoft ZIP (MSZIP) Compression and Decompression Data
// Structure" (learn.microsoft.com/openspecs).
//
// Not supported: encoding.
package mszip
