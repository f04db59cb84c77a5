// Package condition holds what can be wrong with a machine that does not start
// Windows: one file per failing condition, named by the defect. A file's
// comment says what the person sees, which Windows it strikes, the evidence,
// what the fix changes and when there is none.
//
// A condition detects; most also fix. Detect only reads; an error in it makes
// the finding unknown, never absent. Fix returns steps as data and writes
// nothing: package repair carries them out on an overlay and then runs the
// same detectors again, so a fix without a detector cannot exist.
//
// All is the list, kept by hand.
package condition
