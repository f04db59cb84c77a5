// Package lzx decodes LZX in the two flavours of files that repairs meet:
//
//   - WIM: chunks that are decoded on their own (WIM archives; files of
//     CompactOS, in chunks of 32 KiB). A block's size is one bit for 32 KiB or
//     16 bits, and x86 calls are always translated, as for a file of 12,000,000
//     bytes.
//   - Cabinet: one stream per folder in frames of 32 KiB with a window that goes
//     on. It begins with a bit that says whether calls are translated and, then,
//     the size for it; a block's size has 24 bits; each frame begins on a word
//     boundary of its own piece of data.
//
// A block is uncompressed, or Huffman-coded with a main tree (bytes; matches by
// length and position slot), a length tree and, when aligned, a tree for the
// lowest 3 bits of distances. Code lengths are given as differences to those of
// the block before, in a code of their own. The three last distances have
// short names.
//
// Sources: MS-PATCH (learn.microsoft.com/openspecs) and the comments of wimlib
// (wimlib.net) and libmspack (cabextract.org.uk).
//
// Not supported: encoding; LZX DELTA.
package lzx
