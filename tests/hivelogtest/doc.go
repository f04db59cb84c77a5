// Package hivelogtest holds the tests of the replay of registry logs, of the
// check and repair of hives and of the search for replacements, against real
// hives and against what Windows and other tools made of them.
package hivelogtest
