// Command bootmend finds out why Windows does not start, and repairs it.
//
//	bootmend scan   [--json] [--machine PROFILE] [DISK...]
//	bootmend plan   [--json] [--machine PROFILE] [--only ID,...] [--except ID,...] [DISK...]
//	bootmend repair [--json] [--machine PROFILE] [--only ID,...] [--except ID,...] [--action NAME[=ARG]]... [--drivers PATH]... [--yes] [DISK...]
//	bootmend undo   [--list] [--partial] [--yes] [ID] [DISK...]
//	bootmend recover [DISK...]
//	bootmend console [--machine PROFILE] [DISK...]
//	bootmend explain TEXT [DISK...]
//	bootmend mount [ID] [--rw|--media], bootmend umount [LETTER...]
//	bootmend report [--json] [--send PLACE,...] [DISK...]
//	bootmend answers [FILE|URL]
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
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/bootmend/bootmend/initramfs/report"
)

func main() {
	if code, ok := applet(); ok {
		os.Exit(code)
	}
	ctx, stop := signals()
	code := runGuarded(ctx)
	stop()
	os.Exit(code)
}

// signals gives the context of the program, which ends when it is told to end or its
// terminal goes away: what is only looked at is stopped then, what is being written is
// not. Nor may a reader of its output that goes away end it in the middle of that, so
// SIGPIPE is taken; it is not ignored, because children would inherit that.
func signals() (ctx context.Context, stop func()) {
	end := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup(1)
		end = append(end, syscall.SIGHUP)
	}
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE)
	return signal.NotifyContext(context.Background(), end...)
}

// runGuarded turns a failure of the program itself into a sentence. A repair that
// was being written is finished or taken back at the next start, as after a power
// cut.
func runGuarded(ctx context.Context) (code int) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		code = report.ExitError
		where := "could not be kept"
		if f, err := os.CreateTemp("", "bootmend-failure-*.txt"); err == nil {
			fmt.Fprintf(f, "%q\n%v\n%s", os.Args, r, debug.Stack())
			where = "is in " + f.Name()
			f.Close()
		}
		fmt.Fprintf(os.Stderr, "bootmend: bootmend itself failed: %v. Report this; where in the program it was %s.\n", r, where)
	}()
	return run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}
