// Command dhcp brings up the network of the rescue image: drivers, then an address.
package main

import (
	"fmt"
	"os"

	"github.com/bootmend/bootmend/initramfs/pid1"
)

func main() {
	if err := pid1.DHCP(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "dhcp:", err)
		os.Exit(1)
	}
}
