// Summary reads "go test -json" from standard input and prints what a person
// wants to know of it: one line per package while the tests run, the output of
// what failed, and at the end how many tests passed, failed and were skipped,
// with every reason for skipping and how often it was given. A skip that
// nobody counts is a test that nobody misses.
//
//	go test -json ./... | go run ./tests/summary
//
// It exits with 1 when a test or a build failed, or when there was no test.
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "summary:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	s := newSummary(out)
	if err := s.read(in); err != nil {
		return err
	}
	return s.finish()
}
