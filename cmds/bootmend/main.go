// Command bootmend finds out why Windows does not start, and repairs it.
//
//	bootmend scan   [--json] [--machine PROFILE] [DISK...]
//	bootmend plan   [--json] [--machine PROFILE] [--only ID,...] [--except ID,...] [DISK...]
//	bootmend repair [--json] [--machine PROFILE] [--only ID,...] [--except ID,...] [--yes] [DISK...]
//
// DISK is a raw image or a block device; without one, all disks of this
// machine. Exit codes: 0 nothing wrong, or all repaired and verified; 10
// findings that can be repaired; 11 findings that need a person or another
// tool; 12 nothing was written because verification or a precondition failed;
// 13 a commit was interrupted; 14 the disk is in use; 1 error; 2 usage.
package main

import (
	"context"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
