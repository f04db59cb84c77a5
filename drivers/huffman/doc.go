// Package huffman decodes canonical Huffman codes in the bit stream that
// Microsoft's codecs LZX (cabinets, WIM, WOF) and XPRESS (WIM, WOF) share: a
// row of little-endian 16-bit words whose highest bit comes first, with bytes
// between the words where a codec wants them.
//
// Sources: MS-XCA section 2.2 and MS-PATCH (learn.microsoft.com/openspecs).
//
// Not supported: encoding; the bit order of Deflate.
package huffman
