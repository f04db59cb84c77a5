// Package scope says what a transaction is about on one volume: the files and
// directories that it changes, and the bytes that it names by their place. The
// checks of the file systems compare what changed with it.
//
// A check looks at the volume before and after all changes, a change names its
// file as it was called when its turn came. Before and After give each the name
// that it has there, so that renames between the changes are seen through.
package scope
