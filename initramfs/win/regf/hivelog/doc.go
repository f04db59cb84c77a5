// Package hivelog finds out whether a registry hive needs its transaction logs
// and lays over it, in memory, what Windows would take from them.
package hivelog
