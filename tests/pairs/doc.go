// Package pairs tries faults alone and two at a time. What is tried is generated
// from the table of tests/damage: every damage that a repair ends by itself, on every
// guest that it works on, and every two of them that touch different places. Guests
// around real hives and stores take part where the collection of real data is present.
//
// The demand is the same for all: after the repair (at most three of them, since
// a fault can hide another) the scan is clean, foreign tools find partition table and
// file systems in order, and the table is that of the sound guest. Each of the faults
// was found in its turn, or what it had changed is as on the sound guest. The next
// repair writes nothing, and undo brings back what was there.
//
// "make test" tries a sample, of as many as fit into its time; "make campaign" all.
package pairs
