// Package petest holds the tests of package pe on real drivers; they skip
// without the collection of real data.
package petest
