// Package xpress decodes LZ77 with Huffman codes as MS-XCA (section 2.2,
// learn.microsoft.com/openspecs) describes it, known as XPRESS in WIM archives
// and as XPRESS4K, 8K and 16K in files that "compact /exe" or CompactOS has
// compressed.
//
// A chunk is decoded on its own. It begins with 256 bytes, the 4-bit lengths of
// the codes of 512 symbols, low half first. Symbols below 256 are bytes; the
// others are matches: bits 0 to 3 the length less 3 (15: more follows in
// bytes), bits 4 to 7 the bit length of the distance, whose lower bits follow.
// Bytes lie between the 16-bit words of the bit stream, behind the words that
// hold at least 16 further bits.
//
// Not supported: encoding; the other two formats of MS-XCA; chunks of more
// than 64 KiB, in which a new table of lengths would follow.
package xpress
