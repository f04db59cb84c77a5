// Command init is process 1 of the rescue image.
//
// Called as any other process it is the image's modprobe: the kernel starts it
// through /sbin/modprobe when it needs a module.
package main

import (
	"fmt"
	"os"

	"github.com/bootmend/bootmend/initramfs/pid1"
)

func main() {
	if os.Getpid() == 1 {
		pid1.Main()
	}
	if err := pid1.Modprobe(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "modprobe:", err)
		os.Exit(1)
	}
}
