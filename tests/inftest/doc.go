// Package inftest holds the tests of packages inf and txtsetup on real driver
// packages; they skip without the collection of real data. It has no code of its
// own outside tests.
package inftest
