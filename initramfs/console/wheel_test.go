package console

import (
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/console/terminal"
)

func TestWheel(t *testing.T) {
	w := wheel{names: []string{"screen", "serial line"}, driver: none}
	at := began
	for i, tt := range []struct {
		from   int
		key    terminal.Key
		after  time.Duration
		counts bool
		say    string
	}{
		{1, terminal.Down, 0, true, ""},
		{0, terminal.Enter, time.Second, false, "The serial line drives; T at the screen takes over."},
		{1, terminal.Enter, time.Second, true, ""},
		{0, 't', time.Second, false, "The screen drives now."},
		{0, terminal.Enter, time.Second, true, ""},
		{1, 'x', time.Second, false, "The screen drives; T at the serial line takes over."},
		{1, 'y', quiet, false, "The serial line drives now."},
		{1, 'y', time.Second, true, ""},
	} {
		at = at.Add(tt.after)
		if counts, say := w.turn(tt.from, tt.key, at); counts != tt.counts || say != tt.say {
			t.Errorf("%d: %t %q; want %t %q", i, counts, say, tt.counts, tt.say)
		}
	}
	one := wheel{names: []string{"terminal"}, driver: none}
	if counts, say := one.turn(0, 't', began); !counts || say != "" {
		t.Errorf("a terminal alone: %t %q", counts, say)
	}
}
