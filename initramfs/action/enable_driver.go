package action

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// startNames are the words for when a service starts, by its number.
var startNames = []string{"boot", "system", "auto", "demand", "disabled"}

// A driver (or another service) that is to start again.
//
// Where: Start below Services, and every value of StartOverride from Windows 8
// on, in every control set that has the service. Drivers of disk controllers start at boot
// (KB 922976: Windows 7 sets those that it does not need to 3); others when a control
// set says in which they are not disabled; where none does, a person has to say:
// enable-driver=NAME,demand with boot, system, auto or demand.
// Refused: a start at boot or by the kernel whose file is missing, empty, or for
// another processor: that would stop the start.
var enableDriver = Action{
	Name: "enable-driver", Argument: "NAME[,START]",
	Title: "Let a driver or service start again (START: boot, system, auto, demand)",
	Plan: func(_ context.Context, d *Desk, w *inspect.Installation, arg string) (Outcome, error) {
		name, word, _ := strings.Cut(arg, ",")
		o := Outcome{Title: fmt.Sprintf("let %s of %s start", name, w.Label()), Brings: strangeDrivers()}
		wanted := slices.Index(startNames[:registry.StartDisabled], word)
		if word != "" && wanted < 0 {
			return o, fmt.Errorf("start %q: want boot, system, auto or demand: %w", word, ErrUsage)
		}
		found, err := services(w, name)
		if err != nil {
			return o, err
		}
		start := uint32(wanted)
		if word == "" {
			if start, err = usualStart(w, found); err != nil {
				return o, err
			}
		}
		o.Title += fmt.Sprintf(" (%s)", startNames[start])
		if o.Steps, err = d.setStart(w, name, start, name+" starts again"); err != nil || len(o.Steps) == 0 {
			return o, err
		}
		for _, f := range found {
			if err := fits(w, f.service, start); err != nil {
				return o, err
			}
		}
		return o, nil
	},
}

// strangeDrivers are the conditions that report drivers which the present machine has no
// use for. A person may have one in mind that has.
func strangeDrivers() []string {
	return []string{"foreign-hypervisor-drivers", "processor-driver", "agp-driver"}
}

// usualStart is when the service starts where nobody disabled it.
func usualStart(w *inspect.Installation, found []inSet) (uint32, error) {
	drives, err := drivesController(w, found[0].set, found[0].service)
	if err != nil {
		return 0, err
	}
	if drives {
		return registry.StartBoot, nil
	}
	var seen []uint32
	for _, f := range found {
		if s := f.service.Start; s < registry.StartDisabled && !slices.Contains(seen, s) {
			seen = append(seen, s)
		}
	}
	name := found[0].service.Name
	switch len(seen) {
	case 1:
		return seen[0], nil
	case 0:
		return 0, refuse("when %s of %s is to start is not known: ask for enable-driver=%s,demand or with boot, system or auto", name, w.Label(), name)
	}
	return 0, refuse("the control sets of %s disagree about when %s starts: ask for enable-driver=%s,demand or with boot, system or auto", w.Label(), name, name)
}

// fits refuses a file that the loader or the kernel would fail on.
func fits(w *inspect.Installation, s *registry.Service, start uint32) error {
	if start > registry.StartSystem {
		return nil
	}
	below, err := registry.DriverFile(s, w.Root)
	if err != nil {
		return refuse("the file of %s cannot be told: %v", s.Name, err)
	}
	path := w.Path(below)
	f, err := w.Volume.FS.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return refuse("the file of %s, %s, does not exist: Windows would stop at it", s.Name, path)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	image, err := pe.Open(f, f.Info().Size)
	if err != nil {
		return refuse("the file of %s, %s, is no driver (%v): Windows would stop at it", s.Name, path, err)
	}
	if a := inspect.ArchOf(image.Machine()); w.Arch != "" && a != w.Arch {
		return refuse("the file of %s, %s, is made for %s, Windows is %s", s.Name, path, image.Machine(), w.Arch)
	}
	return nil
}
