package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/session"
)

// errNoReport: no disk has a report.
var errNoReport = errors.New("there is no report: none of this start, and no repair has kept one on the disks (--keep-report)")

// keptOn is the newest report that a repair has kept on the disks. Their names
// begin with the time, so the greatest is the newest.
func keptOn(ctx context.Context, disks []string) (json, text []byte, err error) {
	opened, err := openSession(session.Place{Disks: disks})
	if err != nil {
		return nil, nil, err
	}
	defer opened.Close()
	patient, err := inspect.Inspect(ctx, opened.Machine, opened.Sources)
	if err != nil {
		return nil, nil, err
	}
	var on *inspect.Volume
	newest := ""
	for _, v := range patient.Volumes() {
		if v.FS == nil {
			continue
		}
		entries, err := v.FS.ReadDir(repair.ReportRoot)
		if err != nil {
			continue // there are none, or condition volume-damaged says so
		}
		for _, e := range entries {
			if name, ok := strings.CutSuffix(e.Name, ".json"); ok && name > newest {
				newest, on = name, v
			}
		}
	}
	if on == nil {
		return nil, nil, errNoReport
	}
	path := fs.JoinPath(repair.ReportRoot, newest)
	json, err = readWhole(on, path+".json")
	if err == nil {
		text, err = readWhole(on, path+".txt")
	}
	return json, text, err
}

// maxReport bounds what is read as a report.
const maxReport = 64 << 20

func readWhole(v *inspect.Volume, path string) ([]byte, error) {
	f, err := v.FS.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", v.ID(), path, err)
	}
	if f.Info().Size > maxReport {
		return nil, fmt.Errorf("%s %s: %d bytes are too much for a report", v.ID(), path, f.Info().Size)
	}
	return io.ReadAll(io.NewSectionReader(f, 0, f.Info().Size))
}
