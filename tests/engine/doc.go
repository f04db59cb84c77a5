// Package engine tests the bootmend command as a person or a script meets it:
// arguments, exit codes, JSON, and above all what it does to a disk. It is
// built once per run from cmds/bootmend; its output is parsed into structures
// of this package's own, so that a field that changes its name is noticed.
package engine
