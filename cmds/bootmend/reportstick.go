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
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/initramfs/mounts"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/step"
)

// errNoStick: there is no stick for reports.
var errNoStick = errors.New("there is no USB stick or floppy with a FAT volume called " + media.Label + ", or it has a Windows on it, too")

// putOnStick writes the report to a stick, through the same transaction as a
// repair. A disk with a Windows on it is none, whatever it is called. The stick that
// bootmend was started from comes last: what people attach for it is meant.
func putOnStick(ctx context.Context, out io.Writer, json, text []byte) error {
	patient, closeAll, err := lookAt(ctx, media.Devices("/sys", "/dev"))
	if err != nil {
		return err
	}
	defer closeAll()
	v := stickOf(patient)
	if v == nil {
		own, closeOwn, err := lookAt(ctx, ownPartitions(patient, "/sys"))
		if err != nil {
			return err
		}
		defer closeOwn()
		patient, v = own, stickOf(own)
	}
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

// lookAt inspects what can be read of the devices; an empty drive cannot.
func lookAt(ctx context.Context, paths []string) (*inspect.Patient, func(), error) {
	var sources []inspect.Source
	var files []*block.File
	closeAll := func() {
		for _, f := range files {
			f.Close()
		}
	}
	for _, path := range paths {
		f, err := block.OpenReadOnly(path)
		if err != nil {
			continue
		}
		files = append(files, f)
		sources = append(sources, inspect.Source{Path: path, Dev: f})
	}
	patient, err := inspect.Inspect(ctx, nil, sources)
	if err != nil {
		closeAll()
		return nil, nil, err
	}
	return patient, closeAll, nil
}

// ownPartitions are the devices of the partitions that a rescue stick has behind the
// image (mkrescue usb). Each is taken for a disk of its own: the image, which nothing
// may change, is not part of it.
func ownPartitions(p *inspect.Patient, sys string) []string {
	var all []string
	for _, d := range p.Disks {
		if !d.Rescue {
			continue
		}
		for _, e := range d.Table.Partitions {
			if media.OfImage(e) {
				continue
			}
			if node, err := mounts.Node(sys, &inspect.Volume{Disk: d, Partition: e}); err == nil && node != d.Path {
				all = append(all, node)
			}
		}
	}
	return all
}

func stickOf(p *inspect.Patient) *inspect.Volume {
	for _, v := range p.Volumes() {
		if v.Disk.Rescue || !repair.IsLabelled(v) || slices.ContainsFunc(p.Windows, func(w *inspect.Installation) bool { return w.Volume.Disk == v.Disk }) {
			continue
		}
		return v
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
