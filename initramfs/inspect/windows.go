package inspect

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/bootmend/bootmend/initramfs/win/winver"
)

// Installation is one Windows.
type Installation struct {
	ID     string // "w1", in the order found
	Volume *Volume
	Root   string // system root on the volume: `\WINDOWS`

	Version    winver.Version
	VersionErr error // why Version is not known
	Arch       Arch  // "" when not known
	Facts      []Fact

	// HivePath is the SYSTEM hive. Hive is nil when HiveErr says why; System is
	// nil when the hive opens but is not a SYSTEM hive, with SystemErr.
	HivePath string
	// HiveLogs says what the logs of the hive add; Hive shows it with that, where
	// it is usable. Nil like Hive.
	HiveLogs    *hivelog.Replay
	Hive        *regf.Hive
	HiveErr     error
	System      *registry.System
	SystemErr   error
	ControlSets []*registry.ControlSet
}

// Arch is a processor architecture as the report names it.
type Arch string

// The architectures of Windows.
const (
	X86   Arch = "x86"
	AMD64 Arch = "amd64"
	ARM64 Arch = "arm64"
)

// Fact is something known of an installation and where it was read.
type Fact struct {
	Name   string
	Value  string
	Origin Evidence
}

// Path joins a path below the system root: w.Path(`system32\ntoskrnl.exe`).
func (w *Installation) Path(below string) string { return fs.JoinPath(w.Root, below) }

// Label names the installation for people.
func (w *Installation) Label() string {
	name := "Windows"
	if w.VersionErr == nil {
		name = w.Version.String()
	}
	return fmt.Sprintf("%s in %s on %s", name, w.Root, w.Volume.ID())
}

const (
	hiveBelow     = `system32\config\SYSTEM`
	softwareBelow = `system32\config\SOFTWARE`
	configBelow   = `system32\config`
	halBelow      = `system32\hal.dll`
)

// kernels are the names a kernel can have below system32, in the order tried
// for the architecture: cmd.exe is last because it is no kernel, but all
// Windows have it and it always is native.
func kernels() []string {
	return []string{`system32\ntoskrnl.exe`, `system32\ntkrnlpa.exe`, `system32\cmd.exe`}
}

func findWindows(v *Volume) []*Installation {
	if v.FS == nil || v.Err != nil || v.IsDisc() {
		return nil
	}
	entries, err := v.FS.ReadDir(`\`)
	if err != nil {
		// What the volume holds cannot be told; condition volume-damaged says so.
		v.Err = fmt.Errorf("root directory: %w", err)
		return nil
	}
	var all []*Installation
	for _, e := range entries {
		if !e.IsDir() || e.Attributes&fs.AttrReparse != 0 {
			continue
		}
		root := fs.JoinPath(e.Name)
		if isSystemRoot(v, root) {
			all = append(all, readWindows(v, root))
		}
	}
	return all
}

// isSystemRoot asks for the registry folder and one of hive, kernel, and what else
// every Windows has: any of them may be what the person lost.
func isSystemRoot(v *Volume, root string) bool {
	if info, err := v.FS.Stat(fs.JoinPath(root, configBelow)); v.note(err) != nil || !info.IsDir() {
		// A damaged directory on the way makes it a suspect as well, but only
		// when the folder is named like a system root.
		return err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrNotDir) && usualRoot(root)
	}
	if _, err := v.FS.Stat(fs.JoinPath(root, hiveBelow)); !errors.Is(err, fs.ErrNotExist) {
		return true
	}
	has := func(below string) bool {
		_, err := v.FS.Stat(fs.JoinPath(root, below))
		return err == nil
	}
	// Preinstallation environments have some of these, not all.
	return has(kernels()[0]) || has(kernels()[1]) || has(halBelow) && has(softwareBelow) && has(`explorer.exe`)
}

func usualRoot(root string) bool {
	for _, name := range []string{`\windows`, `\winnt`, `\reactos`} {
		if strings.EqualFold(root, name) {
			return true
		}
	}
	return false
}

func readWindows(v *Volume, root string) *Installation {
	w := &Installation{Volume: v, Root: root, HivePath: fs.JoinPath(root, hiveBelow)}
	w.fact("system root", root, configBelow, "holds the registry")
	w.readArch()
	w.readVersion()
	w.readHive()
	return w
}

func (w *Installation) fact(name, value, below, actual string) {
	w.Facts = append(w.Facts, Fact{name, value, Evidence{Volume: w.Volume.ID(), Path: w.Path(below), Offset: -1, Actual: actual}})
}

// readArch takes what most of the files say that every Windows has and that are always
// native: one of them may be what is wrong.
func (w *Installation) readArch() {
	votes, first := map[Arch]int{}, map[Arch]string{}
	for _, below := range append(kernels(), halBelow, `system32\ntdll.dll`, `system32\kernel32.dll`, `system32\smss.exe`) {
		f, err := w.Volume.FS.Open(w.Path(below))
		if w.Volume.note(err) != nil {
			continue
		}
		image, err := pe.Open(f, f.Info().Size)
		if err != nil {
			continue
		}
		a := ArchOf(image.Machine())
		if votes[a]++; first[a] == "" {
			first[a] = below
		}
		if a != "" && (w.Arch == "" || votes[a] > votes[w.Arch]) {
			w.Arch = a
		}
	}
	if w.Arch != "" {
		w.fact("architecture", string(w.Arch), first[w.Arch], fmt.Sprintf("PE machine %#04x", uint16(w.Arch.Machine())))
	}
}

// ArchOf gives the architecture of a PE machine type, "" for others.
func ArchOf(m pe.Machine) Arch {
	switch m {
	case pe.X86:
		return X86
	case pe.AMD64:
		return AMD64
	case pe.ARM64:
		return ARM64
	}
	return ""
}

// Machine gives the PE machine type of an architecture, 0 for others.
func (a Arch) Machine() pe.Machine {
	switch a {
	case X86:
		return pe.X86
	case AMD64:
		return pe.AMD64
	case ARM64:
		return pe.ARM64
	}
	return 0
}

func (w *Installation) readVersion() {
	hive, _, err := openHive(w.Volume.FS, w.Path(softwareBelow))
	if err == nil {
		if w.Version, err = winver.Read(hive); err == nil {
			w.fact("version", w.Version.String(), softwareBelow, fmt.Sprintf(`Microsoft\Windows NT\CurrentVersion: %d.%d build %d`,
				w.Version.Major, w.Version.Minor, w.Version.Build))
			return
		}
	}
	w.Volume.note(err)
	softwareErr := fmt.Errorf("%s: %w", w.Path(softwareBelow), err)
	for _, below := range kernels() {
		if version, err := kernelVersion(w.Volume.FS, w.Path(below)); err == nil {
			w.Version = version
			w.fact("version", w.Version.String(), below, "version resource")
			return
		}
	}
	w.VersionErr = softwareErr
}

func kernelVersion(volume fs.FS, path string) (winver.Version, error) {
	f, err := volume.Open(path)
	if err != nil {
		return winver.Version{}, err
	}
	image, err := pe.Open(f, f.Info().Size)
	if err != nil {
		return winver.Version{}, err
	}
	info, err := image.Version()
	if err != nil {
		return winver.Version{}, err
	}
	return winver.Kernel(info.File)
}

func (w *Installation) readHive() {
	if w.Hive, w.HiveLogs, w.HiveErr = openHive(w.Volume.FS, w.HivePath); w.Volume.note(w.HiveErr) != nil {
		return
	}
	if w.System, w.SystemErr = registry.OpenSystem(w.Hive); w.SystemErr != nil {
		return
	}
	w.ControlSets, w.SystemErr = w.System.ControlSets()
}

// openHive opens a hive, with its logs replayed in memory.
func openHive(volume fs.FS, path string) (*regf.Hive, *hivelog.Replay, error) {
	src, err := hivefile.OnVolume(volume, path)
	if err != nil {
		return nil, nil, err
	}
	f, err := hivefile.Open(src)
	if err != nil {
		return nil, nil, err
	}
	return f.Hive, f.Replay, nil
}
