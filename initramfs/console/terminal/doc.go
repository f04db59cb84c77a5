// Package terminal shows one frame of 80 by 25 cells on any number of terminals,
// and reads their keys: the text screen of a PC, a serial line, a terminal
// emulator.
//
// Each terminal remembers what it shows and gets only the cells that differ, at
// its own speed: a serial line of 9600 baud skips what was drawn meanwhile, and
// holds nobody up. What a terminal cannot show is replaced by something legible:
// a serial line gets plain ASCII and the attributes of a VT100.
//
// A terminal with 24 lines, as a VT100 has, is not shown SpareRow.
package terminal
