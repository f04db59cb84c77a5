// Package pairs tries faults alone and two at a time. What is tried is generated
// from the table of tests/damage: every damage on every guest that it works on, and
// every two of them that touch different places. Guests around real hives and stores
// take part where the collection of real data is present.
//
// A damage ends by itself, or when a person names it, or stays for a person, or keeps a
// volume or disk from being written. The demand is the same for all: after the repair
// (at most three of them, since a fault can hide another) the scan is clean but for
// what stays, foreign tools find partition table and file systems in order, and the
// table is that of the sound guest. Each of the faults was found in its turn, or what
// it had changed is as on the sound guest. The next repair writes nothing, and undo
// brings back what was there.
//
// One fault of each pair of conditions that can occur together goes first
// (TestConditions); TestWhichConditions says of the others why not. "make test" tries a
// sample, of as many as fit into its time; "make campaign" all of these and a part of
// the other pairs.
package pairs
