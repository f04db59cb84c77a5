package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// place names a file on a patient's disk:
//
//	DISK:PARTITION:PATH  disk.raw:2:\Windows\System32; partition 0 is a disk
//	                     without partitions, such as a floppy
//	WINDOWS:PATH         w1:\Windows\System32, of the disks given by --disk
type place struct {
	disk      string // "" for the second form
	partition int
	windows   string
	path      string
}

func parsePlace(arg string) (place, error) {
	if windows, path, ok := windowsPlace(arg); ok {
		return place{windows: windows, path: path}, nil
	}
	if disk, partition, path, ok := diskPlace(arg); ok {
		n, err := strconv.Atoi(partition)
		if err != nil {
			return place{}, usageError{fmt.Errorf("%q: partition %q: %w", arg, partition, err)}
		}
		return place{disk: disk, partition: n, path: path}, nil
	}
	return place{}, usageError{fmt.Errorf(`%q: want DISK:PARTITION:\path or w1:\path`, arg)}
}

// mounted is a place whose volume is open for reading.
type mounted struct {
	place
	patient *inspect.Patient
	volume  *inspect.Volume
	close   func()
}

// mount opens the volume of a place. disks are those that the second form
// looks on; none means all disks of this machine.
func mount(ctx context.Context, arg string, disks []string) (*mounted, error) {
	at, err := parsePlace(arg)
	if err != nil {
		return nil, err
	}
	if at.disk != "" {
		disks = []string{at.disk}
	}
	m, sources, closeAll, err := openDisks("", disks)
	if err != nil {
		return nil, err
	}
	opened := &mounted{place: at, close: closeAll}
	if opened.patient, err = inspect.Inspect(ctx, m, sources); err == nil {
		opened.volume, err = at.volume(opened.patient)
	}
	if err != nil {
		closeAll()
		return nil, fmt.Errorf("%s: %w", arg, err)
	}
	return opened, nil
}

func (at place) volume(p *inspect.Patient) (*inspect.Volume, error) {
	if at.windows != "" {
		w := p.FindWindows(at.windows)
		if w == nil {
			return nil, fmt.Errorf("there is no Windows %s; bootmend scan lists them", at.windows)
		}
		return readable(w.Volume)
	}
	var have []string
	for _, d := range p.Disks {
		if d.Err != nil {
			return nil, d.Err
		}
		for _, v := range d.Volumes {
			if v.Partition.Number == at.partition {
				return readable(v)
			}
			have = append(have, strconv.Itoa(v.Partition.Number))
		}
	}
	return nil, fmt.Errorf("there is no partition %d; there are: %s", at.partition, strings.Join(have, " "))
}

func readable(v *inspect.Volume) (*inspect.Volume, error) {
	switch {
	case v.FS != nil:
		return v, nil
	case v.Err != nil:
		return nil, v.Err
	case v.Kind == "":
		return nil, errors.New("no file system that bootmend reads")
	}
	return nil, fmt.Errorf("%s: %w", v.Kind, fs.ErrUnsupported)
}
