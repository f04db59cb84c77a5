package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/step"
)

// errNoStick: there is no stick for reports.
var errNoStick = errors.New("there is no USB stick or floppy with a FAT volume called " + repair.StickLabel + ", or it is the one with bootmend or with a Windows on it")

// putOnStick writes the report to a stick, through the same transaction as a
// repair. A disk with a Windows on it is none, whatever it is called.
func putOnStick(ctx context.Context, out io.Writer, json, text []byte) error {
	var sources []inspect.Source
	for _, path := range media.Devices("/sys", "/dev") {
		f, err := block.OpenReadOnly(path)
		if err != nil {
			continue // an empty drive
		}
		defer f.Close()
		sources = append(sources, inspect.Source{Path: path, Dev: f})
	}
	patient, err := inspect.Inspect(ctx, nil, sources)
	if err != nil {
		return err
	}
	v := stickOf(patient)
	if v == nil {
		return errNoStick
	}
	steps, err := reportFiles(v, json, text)
	if err != nil {
		return err
	}
	findings, err := condition.Detect(ctx, patient)
	if err != nil {
		return err
	}
	// A stick without a gap before its partition has no place for a journal; what a
	// power cut can spoil there is the report.
	opt := repair.Options{Homes: repair.Homes{OnDisk: true}, Additions: true, Uncovered: true}
	plan, err := repair.NewActionPlan(ctx, patient, findings, []repair.Action{{Title: "keep the report", Steps: steps}}, opt)
	if err != nil {
		return err
	}
	if _, err := plan.Commit(ctx, repair.OpenDisk); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "bootmend: the report is on %s in %s\n", v.ID(), repair.ReportRoot)
	return err
}

func stickOf(p *inspect.Patient) *inspect.Volume {
	for _, v := range p.Volumes() {
		f, ok := v.FS.(*fat.Volume)
		if !ok || v.Disk.Rescue || slices.ContainsFunc(p.Windows, func(w *inspect.Installation) bool { return w.Volume.Disk == v.Disk }) {
			continue
		}
		if label, err := f.Label(); err == nil && label == repair.StickLabel {
			return v
		}
	}
	return nil
}

// reportFiles are the steps that add the report, under a name that no other has.
func reportFiles(v *inspect.Volume, json, text []byte) ([]step.Step, error) {
	const why = "the report is kept"
	var steps []step.Step
	dir := ""
	for _, name := range fs.SplitPath(repair.ReportRoot) {
		dir = fs.JoinPath(dir, name)
		if _, err := v.FS.Stat(dir); err != nil {
			steps = append(steps, step.Mkdir{Volume: v, Path: dir, Why: why})
		}
	}
	name := fmt.Sprintf("%s-%.4x", time.Now().UTC().Format("20060102-150405"), sha256.Sum256(json))
	for _, f := range []struct {
		ending  string
		content []byte
	}{{".json", json}, {".txt", bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))}} {
		c, err := step.NewContent(bytes.NewReader(f.content), int64(len(f.content)))
		if err != nil {
			return nil, err
		}
		steps = append(steps, step.WriteFile{Volume: v, Path: fs.JoinPath(dir, name+f.ending), New: c, Why: why})
	}
	return steps, nil
}
