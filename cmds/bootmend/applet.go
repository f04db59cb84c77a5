//go:build !lean

package main

// applet runs what the program is besides bootmend, by the name that it is called
// by: nothing here, see applet_lean.go.
func applet() (code int, ok bool) { return 0, false }
