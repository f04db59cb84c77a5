// Package regftest builds small registry hives in memory for the tests of
// packages that read them. It knows every kind of list and data the reader
// does, takes one hbin however long it gets, and is no writer for anything that
// Windows is to load.
package regftest
