package pid1

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/pid1/deliver"
)

func TestMenu(t *testing.T) {
	for _, tt := range []struct {
		name       string
		seconds    int
		events     string // digits and other keys; T is a tick of the clock
		want       Choice
		unattended bool
	}{
		{"nobody there", 3, "TTT", ChooseRepair, true},
		{"enter", 3, "T\ry", ChooseRepair, false},
		{"enter twice is no answer", 3, "T\r\r\n1TTTTT xY", ChooseRepair, false},
		{"enter, and no", 3, "T\rn5", ChoosePoweroff, false},
		{"enter, and escape", 3, "\r\x1b2", ChooseScan, false},
		{"one, and no: the clock stays stopped", 3, "1nTTTTTTT3", ChooseShell, false},
		{"scan", 3, "2", ChooseScan, false},
		{"shell", 3, "TT3", ChooseShell, false},
		{"reboot", 3, "4", ChooseReboot, false},
		{"power off", 3, "5", ChoosePoweroff, false},
		{"a key stops the clock", 3, "TxTTTTTT5", ChoosePoweroff, false},
		{"escape stops the clock", 1, "\x1bT[ATT2", ChooseScan, false},
		{"noise does not", 2, "\xff\x00T\x80T", ChooseRepair, true},
		{"six is no entry", 3, "6TTTT1y", ChooseRepair, false},
		{"without clock", 0, "TTTTTTTTTT2", ChooseScan, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			keys, ticks := make(chan byte), make(chan time.Time)
			quit := make(chan struct{})
			defer close(quit)
			go func() {
				for _, e := range []byte(tt.events) {
					if e == 'T' {
						select {
						case ticks <- time.Time{}:
						case <-quit:
							return
						}
						continue
					}
					select {
					case keys <- e:
					case <-quit:
						return
					}
				}
			}()
			var out bytes.Buffer
			got, unattended := menu(&out, keys, ticks, tt.seconds)
			if got != tt.want || unattended != tt.unattended {
				t.Errorf("menu = %s, %t; want %s, %t", got, unattended, tt.want, tt.unattended)
			}
			if asked := strings.Contains(out.String(), "Press y or n"); asked != strings.ContainsAny(tt.events, "\r1") {
				t.Errorf("asked: %t", asked)
			}
			for _, want := range []string{"1  Automatic repair", "2  Scan only", "3  Shell", "4  Reboot", "5  Power off"} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("menu does not show %q", want)
				}
			}
			if strings.Contains(out.String(), "starts in") != (tt.seconds > 0) {
				t.Errorf("countdown shown or not shown wrongly:\n%s", out.String())
			}
		})
	}
}

func TestConsoleHandover(t *testing.T) {
	for _, tt := range []struct {
		code       int
		want       Choice
		unattended bool
		ok         bool
	}{
		{ConsoleAutomatic, ChooseRepair, false, true}, {ConsoleUnattended, ChooseRepair, true, true},
		{ConsoleShell, ChooseShell, false, true}, {ConsoleReboot, ChooseReboot, false, true}, {ConsolePowerOff, ChoosePoweroff, false, true},
		{0, 0, false, false}, {1, 0, false, false}, {2, 0, false, false}, {notStarted, 0, false, false}, {128 + 9, 0, false, false},
	} {
		if c, unattended, ok := consoleChoice(tt.code); c != tt.want || unattended != tt.unattended || ok != tt.ok {
			t.Errorf("consoleChoice(%d) = %v, %t, %t", tt.code, c, unattended, ok)
		}
	}
	got := strings.Join(consoleArgs([]string{"/dev/tty1", "/dev/ttyS0"}, []string{"what"}, Config{Machine: "qemu-pc", Drivers: []string{"/d"}, Reports: []string{deliver.Disk}}, 10), " ")
	if want := enginePath + " console --note what --terminal /dev/tty1 --terminal /dev/ttyS0 --countdown 10 --drivers /d --keep-report --report-dir " + ReportDir + " --machine qemu-pc"; got != want {
		t.Errorf("consoleArgs = %q; want %q", got, want)
	}
}
