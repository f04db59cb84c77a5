package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
)

// confirm asks, and takes nothing but yes for it. An interrupt ends the
// question, too.
func confirm(ctx context.Context, in io.Reader, out io.Writer, question string) bool {
	fmt.Fprint(out, question)
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(in).ReadString('\n') // an error is no "yes"
		answer <- line
	}()
	select {
	case line := <-answer:
		return strings.EqualFold(strings.TrimSpace(line), "yes") && ctx.Err() == nil
	case <-ctx.Done():
		fmt.Fprintln(out)
		return false
	}
}
