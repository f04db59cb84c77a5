// Package busybox merges Go commands, ours and u-root's, into one binary that
// chooses the command by the name it is called with. It uses u-root's
// gobusybox library, which rewrites the commands' sources and runs the Go
// compiler: the go command must be installed where images are built.
//
// Not supported: commands with C code.
package busybox
