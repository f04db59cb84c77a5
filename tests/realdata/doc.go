// Package realdata finds the collection of real hives, stores, volumes and
// driver packages that some tests judge our code by. The collection is not
// part of this repository (most of it may not be redistributed): a test that
// wants a file that is not there is skipped, and the skip says so, so that
// "make test" can count it.
package realdata
