//go:build lean

package main

import (
	"os"
	"path/filepath"

	"github.com/bootmend/bootmend/initramfs/pid1"
	"github.com/bootmend/bootmend/initramfs/pid1/core"
	"github.com/bootmend/bootmend/initramfs/pid1/sh"
)

// applet runs what the lean program is besides bootmend, by the name that it is
// called by: process 1, shell, core commands.
func applet() (code int, ok bool) {
	if os.Getpid() == 1 {
		pid1.Main()
	}
	switch name := filepath.Base(os.Args[0]); name {
	case "sh":
		return sh.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr), true
	default:
		return core.Main(name, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	}
}
