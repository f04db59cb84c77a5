//go:build lean

package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"
)

// consoleCommand says that there is no full-screen interface; process 1 knows and has
// its menu of plain text.
func consoleCommand(context.Context, io.Reader, *int) *cobra.Command {
	return &cobra.Command{Use: "console", Hidden: true, RunE: func(*cobra.Command, []string) error {
		return errors.New("this small bootmend has no full-screen interface")
	}}
}
