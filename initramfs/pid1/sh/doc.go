// Package sh is the image's shell: the language of mvdan.cc/sh (POSIX and most of
// bash) with the line editor of golang.org/x/term, history in a file that all
// consoles share, and completion of commands, files and what bootmend takes.
//
// u-root's gosh has the same language, but passes no arguments to scripts, and its
// editor redraws more than a serial line of 9600 baud likes.
package sh
