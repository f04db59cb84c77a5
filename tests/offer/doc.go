// Package offer makes the media on which people hand driver files to a repair:
// floppies, discs, cabinets and self-extracting programs, each by a foreign tool.
package offer
