// Package blocktest judges implementations of block.Device and gives tests the
// disks that nobody wishes for:
//
//   - Conform is the suite that every Device has to pass.
//   - Mem is a disk in memory.
//   - Log records writes and flushes of several disks in one order and gives
//     the contents that a power cut at any point can leave.
//   - Supply is the power of several disks: it goes off at a chosen write, and
//     what was not flushed survives or not, sector by sector.
//   - Bad is a dying disk: chosen sectors, or the n-th write, give I/O errors.
//
// The model of a disk is the one of the crash model: a logical sector is
// written whole or not at all; between two flushes any subset of the written
// sectors may have reached the disk, in any order. Reordering across a flush,
// torn sectors and disks that lie about flushing are not modelled.
package blocktest
