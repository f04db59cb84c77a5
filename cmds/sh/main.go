// Command sh is the shell of the rescue image.
package main

import (
	"os"

	"github.com/bootmend/bootmend/initramfs/pid1/sh"
)

func main() { os.Exit(sh.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
