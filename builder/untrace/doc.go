// Package untrace takes out of a linked Go program what only stack traces need:
// the names of functions, and the tables of files and lines. They are a third of
// the tables that the runtime walks stacks with, and compress badly; a program
// that has to fit onto a floppy cannot afford them.
//
// The program runs as before. What changes: a stack trace shows addresses instead
// of names and lines (the unchanged program, or addr2line on it, tells them),
// runtime.FuncForPC gives no names, runtime.Caller no lines.
//
// Where the runtime does not stop goroutines by signals, the tables of places where it
// must not are of no use, either; of a program for a floppy they are 45 KB.
//
// Sizes and addresses stay: tables are made shorter in place and padded with
// zeros, which compress to nothing.
//
// The layout is that of Go 1.26, internal/abi and runtime/symtab.go of the Go
// distribution: pcHeader, _func, moduledata.pctab. Another layout is an error.
package untrace
