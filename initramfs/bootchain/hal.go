package bootchain

import (
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// HAL is a hardware abstraction layer of 2000 to Server 2003, by the name of the
// file that set-up copied to hal.dll.
type HAL struct {
	File string // "halmacpi.dll"
	From string // where that was read, for people
}

// Multi reports whether it is for several processors, and so is its kernel.
func (h HAL) Multi() bool {
	return slices.Contains([]string{"halmacpi.dll", "halmps.dll", "halsp.dll"}, h.File)
}

// ACPI reports whether the device tree of its Windows is that of ACPI.
func (h HAL) ACPI() bool {
	return slices.Contains([]string{"halacpi.dll", "halaacpi.dll", "halmacpi.dll"}, h.File)
}

// halIDs: what the registry calls the computer and the file that goes with it.
// Source: hal.inf of ReactOS and txtsetup.sif listings; acpiapic_mp was seen in a
// hive of XP, acpiapic in one of 7.
func halIDs() map[string]string {
	return map[string]string{
		"acpiapic_mp": "halmacpi.dll", "acpiapic_up": "halaacpi.dll", "acpipic_up": "halacpi.dll",
		"acpiapic": "halmacpi.dll", "acpipic": "halacpi.dll", // Vista and later
		"mps_mp": "halmps.dll", "mps_up": "halapic.dll", "e_isa_up": "hal.dll", "syspro_mp": "halsp.dll",
	}
}

// InstalledHAL is the HAL in system32 by the name that it was built under.
func InstalledHAL(w *inspect.Installation) (HAL, bool) {
	name := builtAs(w, "hal.dll")
	if !slices.Contains(halFiles(), name) {
		return HAL{}, false
	}
	return HAL{name, w.Path(`system32\hal.dll`) + " was built as " + name}, true
}

func halFiles() []string {
	return []string{"hal.dll", "halacpi.dll", "halaacpi.dll", "halmacpi.dll", "halapic.dll", "halmps.dll", "halsp.dll"}
}

// RegisteredHAL is the HAL that the device tree was made with: by the registry,
// else by what set-up noted of the file that it copied.
func RegisteredHAL(w *inspect.Installation) (HAL, bool) {
	if h, ok := hiveHAL(w); ok {
		return h, true
	}
	data, err := ReadSmall(w.Volume.FS, w.Path(`repair\setup.log`), 8<<20)
	if err != nil {
		return HAL{}, false
	}
	for _, line := range strings.Split(string(data), "\n") {
		left, right, ok := strings.Cut(strings.ToLower(line), "=")
		if !ok || !strings.HasSuffix(strings.TrimSpace(left), `\system32\hal.dll`) {
			continue
		}
		name, _, _ := strings.Cut(strings.Trim(strings.TrimSpace(right), `"`), `"`)
		if slices.Contains(halFiles(), name) {
			return HAL{name, w.Path(`repair\setup.log`) + " says " + name}, true
		}
	}
	return HAL{}, false
}

func hiveHAL(w *inspect.Installation) (HAL, bool) {
	if w.System == nil || w.SystemErr != nil {
		return HAL{}, false
	}
	set, err := w.System.ControlSet(bootSet(w.System))
	if err != nil {
		return HAL{}, false
	}
	for _, device := range []string{"ACPI_HAL", "PCI_HAL"} {
		path := set.Path + `\Enum\Root\` + device + `\0000`
		k, err := w.System.Hive.Key(path)
		if err != nil {
			continue
		}
		v, err := k.Value("HardwareID")
		if err != nil {
			continue
		}
		ids, err := v.MultiString()
		if err != nil {
			continue
		}
		for _, id := range ids {
			if file, ok := halIDs()[strings.ToLower(id)]; ok {
				return HAL{file, w.HivePath + " " + path + " says " + id}, true
			}
		}
	}
	return HAL{}, false
}

// MultiKernel reports whether a kernel file is for several processors; ok is
// false when it does not say.
func MultiKernel(w *inspect.Installation, name string) (multi, ok bool) {
	switch builtAs(w, name) {
	case "ntkrnlmp.exe", "ntkrpamp.exe":
		return true, true
	case "ntoskrnl.exe", "ntkrnlpa.exe":
		return false, true
	}
	return false, false
}

// builtAs is the OriginalFilename of a file in system32, lower case; "" when it
// has none.
func builtAs(w *inspect.Installation, name string) string {
	f, err := w.Volume.FS.Open(w.Path(`system32\` + name))
	if err != nil {
		return ""
	}
	image, err := pe.Open(f, f.Info().Size)
	if err != nil {
		return ""
	}
	tables, err := image.Strings()
	if err != nil {
		return ""
	}
	for _, t := range tables {
		if original := t.Values["OriginalFilename"]; original != "" {
			return strings.ToLower(original)
		}
	}
	return ""
}
