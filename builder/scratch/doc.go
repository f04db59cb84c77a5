// Package scratch makes folders that a build works in, and takes them away when it ends,
// when it fails, and when it is broken off (Ctrl-C).
package scratch
