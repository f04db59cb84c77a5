// Package hivefile is a hive as a person meets it: a file with transaction logs
// beside it, which are replayed before anything is read or edited, keys named
// by the paths that Windows shows, and answers that can be printed or given out
// as JSON. It is what "bootmend hive" does, without files and without a command
// line.
//
// An edit ends in a Change: patches of the file, the replay included, for
// whoever may write. Nothing is opened or written here.
package hivefile
