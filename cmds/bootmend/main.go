// Command bootmend finds out why Windows does not start, and repairs it.
//
//	bootmend scan   [--json] [--machine PROFILE] [DISK...]
//	bootmend plan   [--json] [--machine PROFILE] [--only ID,...] [--except ID,...] [DISK...]
//	bootmend repair [--json] [--machine PROFILE] [--only ID,...] [--except ID,...] [--action NAME[=ARG]]... [--drivers PATH]... [--yes] [DISK...]
//	bootmend undo   [--list] [--partial] [--yes] [ID] [DISK...]
//	bootmend recover [DISK...]
//	bootmend explain TEXT [DISK...]
//	bootmend mount [ID] [--rw|--media], bootmend umount [LETTER...]
//	bootmend fs ls|stat|cat|get|check|put|rm|mv|mkdir|attrib PLACE
//	bootmend hive ls|get|find|info|diff|export|set|rm|import|check|repair HIVE
//	bootmend part ls|check|active|type|hide|unhide|signature|mbr|vbr DISK
//	bootmend bcd ls|get|export|set|rm|rewrite|rebuild STORE
//	bootmend drv ls|scan|match|add|disable|enable ...
//
// bootmend --help explains disks, machines and exit codes.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
