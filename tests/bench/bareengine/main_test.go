package main

import (
	"context"
	"testing"

	"github.com/bootmend/bootmend/initramfs/report"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestBareEngineRepairs: its size would mean nothing if it did not work.
func TestBareEngineRepairs(t *testing.T) {
	image := guests.MustLoad(t, "win7-x86").Build(t)
	for _, tt := range []struct {
		command string
		want    int
	}{{"scan", report.ExitRepairable}, {"repair", report.ExitOK}, {"scan", report.ExitOK}} {
		r, err := run(context.Background(), tt.command, "qemu-q35", image)
		if err != nil || r.ExitCode() != tt.want {
			t.Errorf("%s: exit %d, %v; want %d", tt.command, r.ExitCode(), err, tt.want)
		}
	}
}
