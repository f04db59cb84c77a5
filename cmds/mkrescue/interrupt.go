package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/bootmend/bootmend/builder/scratch"
)

// notifyEnd has signals told that ask the program to end. Those that whoever started it has
// it ignore (nohup, a shell's "&") stay ignored. SIGPIPE comes when nobody reads on.
func notifyEnd(told chan<- os.Signal) {
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGPIPE} {
		if !signal.Ignored(s) {
			signal.Notify(told, s)
		}
	}
}

// unlessInterrupted runs a command and returns its exit code. On Ctrl-C, and when it is
// asked to end, what was begun is removed; the exit code is that of the signal.
func unlessInterrupted(run func(*scratch.Space) int) int {
	var space scratch.Space
	signals, code := make(chan os.Signal, 1), make(chan int, 1)
	notifyEnd(signals)
	go func() { code <- run(&space) }()
	select {
	case c := <-code:
		return c
	case s := <-signals:
		fmt.Fprintf(os.Stderr, "\nmkrescue: %v: what was begun and is not whole is removed\n", s)
		if err := space.Clear(); err != nil {
			fmt.Fprintf(os.Stderr, "mkrescue: left behind: %v\n", err)
		}
		n, _ := s.(syscall.Signal) // all of them are on Unix
		return 128 + int(n)
	}
}
