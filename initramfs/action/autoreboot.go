package action

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
)

// What Windows does after a STOP error (blue screen): start anew at once, or stay
// so that it can be read.
//
// Where: AutoReboot below Control\CrashControl, in every control set; all Windows
// NT have it. Absent means 1 from Windows 2000 on, 0 before.
var autoreboot = Action{
	Name: "autoreboot", Argument: "on|off",
	Title: "Start anew after a blue screen, or leave it on the screen to be read",
	Plan: func(_ context.Context, d *Desk, w *inspect.Installation, arg string) (Outcome, error) {
		o := Outcome{Title: fmt.Sprintf("let %s start anew after a blue screen", w.Label())}
		n, why := uint32(1), "Windows starts anew after a blue screen"
		if arg == "off" {
			n, why = 0, "a blue screen stays to be read"
			o.Title = fmt.Sprintf("let %s leave a blue screen on the screen", w.Label())
			o.note("A machine that nobody watches stays at a blue screen until somebody restarts it; autoreboot=on takes that back.")
		}
		var err error
		o.Steps, err = d.setNumber(w, crashControl, "AutoReboot", n, why)
		return o, err
	},
}
