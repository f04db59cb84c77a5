package bootchain

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// Errors of files that cannot be loaded.
var (
	ErrFileMissing  = errors.New("does not exist")
	ErrFileEmpty    = errors.New("is empty")
	ErrNoProgram    = errors.New("is no program")
	ErrWrongMachine = errors.New("is for another processor")
	// ErrChecksum: it is a program whose content is not that of its checksum.
	ErrChecksum = errors.New("has a wrong checksum")
	// ErrFileUnread: whether it is sound cannot be told.
	ErrFileUnread = errors.New("cannot be read")
)

// checkPE asks whether a loader could load the file. want 0: for any processor.
func checkPE(v *inspect.Volume, path string, want pe.Machine) error {
	f, err := v.FS.Open(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrNotDir) {
		return fmt.Errorf("%s %w", path, ErrFileMissing)
	}
	if err != nil {
		return fmt.Errorf("%s %w: %w", path, ErrFileUnread, err)
	}
	if f.Info().Size == 0 {
		return fmt.Errorf("%s %w", path, ErrFileEmpty)
	}
	image, err := pe.Open(f, f.Info().Size)
	if err == nil {
		err = image.Check()
	}
	switch {
	case errors.Is(err, pe.ErrDamaged), errors.Is(err, pe.ErrNotPE):
		return fmt.Errorf("%s %w: %w", path, ErrNoProgram, err)
	case err != nil:
		return fmt.Errorf("%s %w: %w", path, ErrFileUnread, err)
	case want != 0 && image.Machine() != want:
		return fmt.Errorf("%s %w: it is for %s, Windows for %s", path, ErrWrongMachine, image.Machine(), want)
	}
	return nil
}

// MachineOf is the processor that most of the files tell which every Windows
// has: one of them may be what is wrong. 0 when none tells.
func MachineOf(w *inspect.Installation) pe.Machine {
	votes := map[pe.Machine]int{}
	for _, below := range []string{`ntoskrnl.exe`, `ntkrnlpa.exe`, `hal.dll`, `ntdll.dll`, `kernel32.dll`, `smss.exe`, `cmd.exe`, `winlogon.exe`} {
		f, err := w.Volume.FS.Open(w.Path(`system32\` + below))
		if err != nil {
			continue
		}
		if image, err := pe.Open(f, f.Info().Size); err == nil {
			votes[image.Machine()]++
		}
	}
	var most pe.Machine
	for m, n := range votes {
		if n > votes[most] || n == votes[most] && m < most {
			most = m
		}
	}
	return most
}

// SystemFile is a file that the loader or the kernel needs.
type SystemFile struct {
	Name  string // "hal.dll"
	Below string // where it belongs: "system32", or `system32\drivers`
	Role  string // "kernel", "HAL", ...
	By    string // the file that imports it, "" when the loader or kernel asks
	Err   error  // why it cannot be used; nil when it can
}

// Path is where it belongs.
func (f SystemFile) Path(w *inspect.Installation) string { return w.Path(f.Below + `\` + f.Name) }

// maxImported bounds the files that are followed by their imports.
const maxImported = 64

// SystemFiles lists what the loader and the kernel load from system32 before and
// beside the drivers: kernel, HAL, what these import, and ntdll.dll; from Vista on also
// the programs without which nobody gets to log on. Which kernels count follows from the entries of NTLDR that lead to the installation.
func SystemFiles(w *inspect.Installation, entries []MenuEntry) []SystemFile {
	m := MachineOf(w)
	c := &fileCollector{w: w, machine: m, vista: IsNT6(w), seen: map[string]bool{}}
	c.add("ntoskrnl.exe", "kernel", "")
	pae := false
	for _, e := range entries {
		pae = pae || e.PAE && e.Target.Windows == w
	}
	if pae || Exists(w.Volume, w.Path(`system32\ntkrnlpa.exe`)) {
		c.add("ntkrnlpa.exe", "PAE kernel", "")
	}
	c.add("hal.dll", "HAL", "")
	if w.VersionErr == nil && !w.IsReactOS() && !c.knowsImports() {
		// Stripped or damaged kernels do not tell; these came with the versions.
		if w.Version.AtLeast(5, 0) {
			c.add("bootvid.dll", "boot video driver", "")
		}
		if w.Version.AtLeast(5, 1) {
			c.add("kdcom.dll", "kernel debugger", "")
		}
		if c.vista {
			c.add("pshed.dll", "hardware error driver", "")
			c.add("ci.dll", "code integrity", "")
		}
	}
	c.follow()
	c.add("ntdll.dll", "system library", "")
	if edition.NT6 && c.vista {
		c.untilLogon()
	}
	return c.all
}

// untilLogon adds what every Windows of Vista and later starts before somebody can log on:
// the session manager and what it starts, each of which is a critical process (STOP
// C000021A or F4 without), and from 7 on the table of API sets, which the kernel wants.
// Nano Server, IoT Core and what does not say its edition are left out: the first two are
// put together of fewer parts.
func (c *fileCollector) untilLogon() {
	if c.w.VersionErr != nil || !containsFold([]string{"Client", "Server", "Server Core"}, c.w.Version.InstallationType) {
		return
	}
	c.add("smss.exe", "session manager", "")
	c.add("csrss.exe", "subsystem of Windows", "")
	c.add("wininit.exe", "program that starts the services", "")
	c.add("services.exe", "service control manager", "")
	c.add("lsass.exe", "local security authority", "")
	c.add("winlogon.exe", "logon", "")
	if c.w.Version.AtLeast(6, 1) {
		c.add("apisetschema.dll", "table of API sets", "")
	}
}

// fileCollector gathers files and what they import.
type fileCollector struct {
	w       *inspect.Installation
	machine pe.Machine
	vista   bool // Vista and later
	seen    map[string]bool
	all     []SystemFile
}

func (c *fileCollector) add(name, role, by string) {
	low := strings.ToLower(name)
	if c.seen[low] || len(c.all) >= maxImported {
		return
	}
	c.seen[low] = true
	f := SystemFile{Name: low, Below: c.folder(low), Role: role, By: by}
	f.Err = checkPE(c.w.Volume, f.Path(c.w), c.machine)
	c.all = append(c.all, f)
}

// knowsImports reports whether kernel or HAL can be asked what they import.
func (c *fileCollector) knowsImports() bool {
	for _, f := range c.all {
		if f.Err == nil && f.Role == "kernel" {
			imports, err := c.imports(f)
			return err == nil && len(imports) > 0
		}
	}
	return false
}

func (c *fileCollector) imports(f SystemFile) ([]pe.Import, error) {
	file, err := c.w.Volume.FS.Open(f.Path(c.w))
	if err != nil {
		return nil, err
	}
	image, err := pe.Open(file, file.Info().Size)
	if err != nil {
		return nil, err
	}
	return image.Imports()
}

// follow adds what the files import, and what that imports. Drivers of the boot
// phase lie elsewhere and are looked at with the drivers.
func (c *fileCollector) follow() {
	for i := 0; i < len(c.all); i++ {
		if c.all[i].Err != nil {
			continue
		}
		imports, err := c.imports(c.all[i])
		if err != nil {
			continue
		}
		for _, im := range imports {
			if name := strings.ToLower(im.Name); !im.Delayed && c.isFile(name) {
				c.add(name, "library", c.all[i].Name)
			}
		}
	}
}
