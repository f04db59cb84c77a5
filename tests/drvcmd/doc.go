// Package drvcmd tests the contract of "bootmend drv" from outside: exit codes, what
// it prints, what --json promises, and that its changes go through a repair.
package drvcmd
