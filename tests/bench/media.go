package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/bootmend/bootmend/builder"
	"github.com/bootmend/bootmend/tests/vm"
)

// medium is one that is measured: how it is built, how a machine starts it, what its
// limits are.
type medium struct {
	name   string
	file   string
	args   []string // of mkrescue
	floppy bool
	set    bool  // two floppies
	most   int64 // bytes that it may have; 0: no limit
	aim    int   // MiB in which it should repair; 0: is not started
	high   int   // MiB that are enough in any case
}

// usbData is the size of the stick's writable partition, in MiB; it does not count.
const usbData = 34

// media are all of them, the default image first.
func media() []medium {
	return []medium{
		{name: "ISO", file: "unattended.iso", args: []string{"iso", "--append", vm.Unattended}, most: 28_000_000, aim: 128, high: 256},
		{name: "lite ISO", file: "lite.iso", args: []string{"iso", "--lite", "--append", vm.Unattended}, most: 8 << 20, aim: 64, high: 128},
		{name: "floppy", file: "floppy.img", args: []string{"floppy", "--append", vm.FloppyUnattended}, floppy: true, most: 2_949_120, aim: 40, high: 96},
		{name: "floppy for amd64", file: "floppy64.img", args: []string{"floppy", "--arch", "amd64", "--append", vm.FloppyUnattended}, floppy: true, most: 2_949_120, aim: 64, high: 128},
		{name: "two floppies", file: "set.img", args: []string{"floppy", "--size", "1440x2", "--append", vm.FloppyUnattended}, set: true, most: 2 * 1_474_560},
		{name: "two floppies for amd64", file: "set64.img", args: []string{"floppy", "--size", "1440x2", "--arch", "amd64", "--append", vm.FloppyUnattended}, set: true, most: 2 * 1_474_560},
		{name: "starter floppy", file: "starter.img", args: []string{"floppy", "--size", "1440"}, floppy: true, most: 1_474_560},
		{name: "ISO for i386", file: "i386.iso", args: []string{"iso", "--arch", "i386", "--append", vm.Unattended}},
		{name: "universal ISO", file: "universal.iso", args: []string{"iso", "--arch", "universal", "--append", vm.Unattended}},
		{name: "USB image without its data", file: "usb.img", args: []string{"usb", "--data-size", strconv.Itoa(usbData), "--append", vm.Unattended}},
	}
}

// files are what the medium named out consists of.
func (m medium) files(out string) []string {
	if !m.set {
		return []string{out}
	}
	two := builder.FloppySetNames(out)
	return two[:]
}

// build makes the medium in dir unless it is there.
func (m medium) build(dir string) (string, error) {
	out := filepath.Join(dir, m.file)
	if _, err := m.size(out); err == nil {
		return out, nil
	}
	if err := vm.Build(out, m.args...); err != nil {
		return "", fmt.Errorf("%s: %w", m.name, err)
	}
	return out, nil
}

// size is that of all its files, in bytes.
func (m medium) size(out string) (int64, error) {
	var all int64
	for _, name := range m.files(out) {
		info, err := os.Stat(name)
		if err != nil {
			return 0, err
		}
		all += info.Size()
	}
	if m.args[0] == "usb" {
		all -= usbData << 20
	}
	return all, nil
}

// attach puts the medium at image into the machine.
func (m medium) attach(c *vm.Config, image string) {
	if !m.floppy {
		c.CD = image
		return
	}
	c.Floppy, c.Unlisted, c.More = image, true, []string{"-boot", "a"}
}

// mediaSizes are the sizes of all media. One that cannot be built here does not keep the
// others from being measured.
func mediaSizes(_, where string) ([]figure, error) {
	var all []figure
	var failed error
	for _, m := range media() {
		name := "size of the " + m.name
		image, err := m.build(where)
		if err != nil {
			failed = errors.Join(failed, err)
			all = append(all, figure{name, "not measured"})
			continue
		}
		size, err := m.size(image)
		if err != nil {
			return all, err
		}
		f := figure{name, mib(size)}
		if m.most > 0 {
			f.value += fmt.Sprintf(", %d %% of what it may have", (size*100+m.most-1)/m.most)
		}
		all = append(all, f)
	}
	return all, failed
}
