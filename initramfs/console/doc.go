// Package console is the full-screen interface: what is on the disks, what is
// wrong with each Windows, what would be done, the doing and its result, on a
// screen of 80 by 25 characters and on a serial line at once.
//
// A Model holds what is shown and what keys do; it never blocks. It is a stack of
// pages, each of which says which keys it takes (the bar at the bottom is made
// from them) and draws its lines. Work of the engine is a job, which Run carries
// out beside the Model; a job that writes is never interrupted.
//
// Run connects a Model with terminals, the clock and the engine.
package console
