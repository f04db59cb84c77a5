package donor

import (
	"errors"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// ErrDelta is that of package source: a package without whole files.
var ErrDelta = source.ErrDelta

// Reasons against a copy of a system file.
var (
	ErrLevel   = errors.New("it is of another version or service pack")
	ErrVariant = errors.New("it is not known to be the kernel or HAL of this machine")
)

// SystemFile finds the copy that may take the place of a file in system32 or, from
// Vista on, system32\drivers: of the same version and service pack, for the same
// processor, and of kernel and HAL the kind that this installation has. From Vista on
// it is of the version of the component that is in use. nil when there is none; rejected says why not
// what was found.
func SystemFile(p *inspect.Patient, w *inspect.Installation, name string) (best *Copy, rejected []string, problems []error) {
	if bootchain.IsNT6(w) {
		return servicedFile(p, w, name)
	}
	v := variantOf(w, name)
	found := Find(p, w, bootchain.MachineOf(w), v.names...)
	level, known := LevelOfWindows(w)
	best, rejected = found.Best(func(c Copy) error {
		if err := fits(w, c, level, known); err != nil {
			return err
		}
		return v.accept(c)
	})
	return best, rejected, found.Problems
}

// fits compares the version of a copy with that of the installation.
func fits(w *inspect.Installation, c Copy, level Level, known bool) error {
	if w.IsReactOS() {
		// All its files have the version of the build.
		for _, below := range []string{`system32\ntdll.dll`, `system32\kernel32.dll`, `system32\ntoskrnl.exe`, `system32\hal.dll`} {
			if v, err := FileVersion(w, below); err == nil {
				if c.HasVersion && c.Version == v {
					return nil
				}
				return fmt.Errorf("%w: %v, not %v", ErrLevel, c.Version, v)
			}
		}
		return fmt.Errorf("%w: nothing tells that of the installation", ErrLevel)
	}
	switch {
	case !known:
		return fmt.Errorf("%w: that of the installation cannot be told", ErrLevel)
	case !c.HasVersion:
		return fmt.Errorf("%w: it has no version", ErrLevel)
	}
	l, ok := LevelOf(c.Version)
	switch {
	case ok && l == level:
		return nil
	case ok && c.Own && l.Major == level.Major && l.Minor == level.Minor && l.Build == level.Build && level.AtLeast(l):
		return nil // files that a service pack did not change keep their version
	}
	return fmt.Errorf("%w: %v, Windows is %v", ErrLevel, c.Version, level)
}

// variant says by which names a file is looked for and which kind of it is right.
type variant struct {
	names  []string
	accept func(Copy) error
}

func variantOf(w *inspect.Installation, name string) variant {
	any := variant{[]string{name}, func(Copy) error { return nil }}
	if w.IsReactOS() || bootchain.MachineOf(w) != pe.X86 {
		return any // one kind for all machines
	}
	h, known := bootchain.RegisteredHAL(w)
	if !known {
		h, known = bootchain.InstalledHAL(w)
	}
	switch name {
	case "hal.dll":
		return halVariant(h, known)
	case "ntoskrnl.exe":
		return kernelVariant(name, "ntkrnlmp.exe", h, known)
	case "ntkrnlpa.exe":
		return kernelVariant(name, "ntkrpamp.exe", h, known)
	}
	return any
}

// halVariant: file protection keeps the right HAL as hal.dll; elsewhere that
// name is the one for computers without ACPI and APIC.
func halVariant(h bootchain.HAL, known bool) variant {
	names := []string{"hal.dll"}
	if known && h.File != "hal.dll" {
		names = append(names, h.File)
	}
	return variant{names, func(c Copy) error {
		switch {
		case known && (c.Original == h.File || c.Original == "" && c.Name == h.File && c.Origin != source.DLLCache):
			return nil
		case c.Origin == source.DLLCache && c.Own && c.Name == "hal.dll" && (!known || c.Original == "" || c.Original == h.File):
			return nil
		case !known:
			return fmt.Errorf("%w: nothing tells which HAL that is", ErrVariant)
		}
		return fmt.Errorf("%w: that is %s", ErrVariant, h.File)
	}}
}

// kernelVariant: single is the name for one processor, multi that for several, as
// they were built; in use and in file protection's cache both have the first.
func kernelVariant(single, multi string, h bootchain.HAL, known bool) variant {
	right, names := single, []string{single}
	if known && h.Multi() {
		right, names = multi, append(names, multi)
	}
	return variant{names, func(c Copy) error {
		switch {
		case known && (c.Original == right || c.Original == "" && c.Name == right && (right == multi || c.Origin != source.Drivers) && c.Origin != source.DLLCache):
			return nil
		case c.Origin == source.DLLCache && c.Own && c.Name == single && (!known || c.Original == "" || c.Original == right):
			return nil
		case !known:
			return fmt.Errorf("%w: nothing tells whether it is for one processor or several", ErrVariant)
		}
		return fmt.Errorf("%w: that is %s", ErrVariant, right)
	}}
}

// BuiltAs finds a kernel or HAL of one kind, by the name that it was built under,
// of the version and service pack of the installation.
func BuiltAs(p *inspect.Patient, w *inspect.Installation, name string) (best *Copy, rejected []string) {
	names := []string{name}
	for usual, kinds := range map[string][]string{"ntoskrnl.exe": {"ntkrnlmp.exe"}, "hal.dll": {"halacpi.dll", "halaacpi.dll", "halmacpi.dll", "halapic.dll", "halmps.dll"}} {
		if slices.Contains(kinds, name) {
			names = append(names, usual)
		}
	}
	level, known := LevelOfWindows(w)
	return Find(p, w, bootchain.MachineOf(w), names...).Best(func(c Copy) error {
		if err := fits(w, c, level, known); err != nil {
			return err
		}
		if c.Original != name && !(c.Original == "" && c.Name == name && c.Origin != source.DLLCache && c.Origin != source.Drivers) {
			return fmt.Errorf("%w: it is not %s", ErrVariant, name)
		}
		return nil
	})
}
