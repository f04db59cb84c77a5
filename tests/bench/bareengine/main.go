// Bareengine is the engine without command line, terminal and JSON: what has to
// fit a floppy beside a kernel. "make bench" builds it stripped, for 386 and
// amd64, and prints how large it is. It works, so that nothing of the engine
// is left out by the linker:
//
//	bareengine scan|repair MACHINE DISK
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/report"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: bareengine scan|repair MACHINE DISK")
		os.Exit(report.ExitUsage)
	}
	r, err := run(context.Background(), os.Args[1], os.Args[2], os.Args[3])
	if err != nil {
		fmt.Fprintln(os.Stderr, "bareengine:", err)
		os.Exit(report.ExitError)
	}
	os.Exit(r.ExitCode())
}

func run(ctx context.Context, command, profile, path string) (*report.Run, error) {
	m, err := machine.Profile(profile)
	if err != nil {
		return nil, err
	}
	dev, err := block.OpenReadOnly(path)
	if err != nil {
		return nil, err
	}
	defer dev.Close()
	r, err := report.Examine(ctx, command, m, []inspect.Source{{Path: path, Dev: dev}}, repair.Options{})
	if err != nil {
		return nil, err
	}
	if command == "repair" && r.Err == nil && !r.Plan.Empty() {
		r.Done, r.Err = r.Plan.Commit(ctx, repair.OpenDisk)
		r.Committed = r.Err == nil
	}
	return r, report.WriteText(os.Stdout, r)
}
