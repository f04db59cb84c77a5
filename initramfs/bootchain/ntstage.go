package bootchain

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// walkNT goes along the chain of a Windows that NTLDR starts, or of a ReactOS.
// What a stage that does not hold shows on the screen is said in its words.
func walkNT(p *inspect.Patient, w *inspect.Installation) []Stage {
	firmware := firmwareOf(p, w.Volume.Disk)
	system := SystemVolume(p, w)
	l := NTLoaderOf(p, w)
	if l != nil && l.System.Partition.Active {
		system = l.System
	}
	all := []Stage{
		firmwareStage(p, w.Volume.Disk, firmware),
		tableStage(w.Volume.Disk),
		masterStage(p, w, firmware),
		systemStage(p, w, system, firmware),
		bootSectorStage(p, w, system, firmware),
	}
	all = append(all, l.loaderStages()...)
	entry := l.entryFor(w)
	all = append(all, l.entryStage(w, entry), l.systemFilesStage(w), hiveStageNT(w, l), nlsStage(w), driverStageNT(w), volumeStage(w.Volume))
	return all
}

// NTDetectPath is the program by which NTLDR finds the hardware.
const NTDetectPath = `\ntdetect.com`

// LoaderFileFault says why a file that is no ordinary program (ntldr,
// ntdetect.com) cannot be run by what reads it; nil when it may. Boot sectors
// and NTLDR read plain files only; NTFS compression is an ErrCompressed.
func LoaderFileFault(v *inspect.Volume, path string) error {
	f, err := v.FS.Open(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrNotDir) {
		return fmt.Errorf("%s %w", path, ErrFileMissing)
	}
	if err != nil {
		return fmt.Errorf("%s %w: %w", path, ErrFileUnread, err)
	}
	info := f.Info()
	switch {
	case info.IsDir():
		return fmt.Errorf("%s is a directory and %w", path, ErrNoProgram)
	case info.Size == 0:
		return fmt.Errorf("%s %w", path, ErrFileEmpty)
	}
	head := make([]byte, min(info.Size, 4096))
	if n, err := f.ReadAt(head, 0); n < len(head) {
		return fmt.Errorf("%s %w: %w", path, ErrFileUnread, err)
	}
	if !IsLoader(head) {
		return fmt.Errorf("%s %w: %d bytes of nothing that runs", path, ErrNoProgram, info.Size)
	}
	if info.Attributes&fs.AttrCompressed != 0 {
		return fmt.Errorf("%s %w", path, ErrCompressed)
	}
	return nil
}

// IsLoader reports whether a file that begins like this can be code of a boot
// loader: that of real mode has no mark by which it could be told.
func IsLoader(head []byte) bool {
	text := string(head)
	return len(head) >= minLoader && len(strings.Trim(text[:minLoader], "\x00")) > 0 &&
		!strings.HasPrefix(text, "MSCF") && !strings.HasPrefix(text, "SZDD")
}

// minLoader: the smallest ntdetect.com (NT 3.1) has some 20 KiB, freeldr.sys and
// ntldr more; what is smaller than a cluster is no loader.
const minLoader = 2048

// ErrCompressed: NTFS stores the file compressed, which boot sectors cannot read.
var ErrCompressed = errors.New("is compressed")

func (l *NTLoader) loaderStages() []Stage {
	loader := Stage{Name: "boot loader"}
	detect := Stage{Name: "hardware detection"}
	menu := Stage{Name: "boot configuration"}
	if l == nil {
		loader.What = "there is no readable system partition"
		detect.What, menu.What = loader.What, loader.What
		return []Stage{loader, detect, menu}
	}
	path := l.LoaderPath()
	loader.judge(l.System, path, LoaderFileFault(l.System, path), l.loaderSymptom(LoaderFileFault(l.System, path)))
	if l.FreeLoader {
		return []Stage{loader, l.menuStage(menu)}
	}
	fault := LoaderFileFault(l.System, NTDetectPath)
	if errors.Is(fault, ErrCompressed) {
		fault = nil // NTLDR reads it
	}
	detect.judge(l.System, NTDetectPath, fault, "NTDETECT failed")
	return []Stage{loader, detect, l.menuStage(menu)}
}

// judge fills in a stage that one file decides.
func (s *Stage) judge(v *inspect.Volume, path string, err error, symptom string) {
	s.Where = v.ID() + " " + path
	switch {
	case err == nil:
		s.State, s.What = OK, path+" is there"
	case errors.Is(err, ErrFileUnread):
		s.What = err.Error()
	default:
		s.State, s.What, s.Symptom = Broken, err.Error(), symptom
	}
}

// loaderSymptom is what the boot sector shows.
func (l *NTLoader) loaderSymptom(err error) string {
	switch {
	case l.FreeLoader:
		return "freeldr.sys not found. Press any key to restart"
	case errors.Is(err, ErrCompressed):
		return "NTLDR is compressed. Press Ctrl+Alt+Del to restart"
	}
	return "NTLDR is missing. Press Ctrl+Alt+Del to restart"
}

func (l *NTLoader) menuStage(s Stage) Stage {
	m := &l.Menu
	s.Where = l.System.ID() + " " + m.Path
	switch {
	case m.Err != nil:
		s.What = m.Err.Error()
	case m.Missing && l.FreeLoader:
		s.State, s.What, s.Symptom = Broken, "there is none", "Error opening freeldr.ini or file not found."
	case m.Missing && l.StartsWithoutMenu():
		s.State, s.What = OK, `there is none; NTLDR would show "Invalid BOOT.INI file" and start the default folder`
	case m.Missing:
		s.State, s.What, s.Symptom = Broken, "there is none", "Invalid BOOT.INI file; "+FileSymptom(`<Windows root>\system32\hal.dll`)
	case l.EmptyMenu():
		s.State, s.What, s.Symptom = Broken, "it has no entry", l.EmptySymptom()
	default:
		s.State, s.What = OK, fmt.Sprintf("%d entries for Windows of this generation", len(m.Entries))
		if gone := l.MissingSection(); gone != "" {
			s.State, s.What = Unknown, gone
		}
	}
	return s
}

// entryFor is the entry that starts the installation: the one that starts by
// itself, else the first that leads there.
func (l *NTLoader) entryFor(w *inspect.Installation) *MenuEntry {
	if l == nil {
		return nil
	}
	m := &l.Menu
	if m.Default >= 0 && m.Entries[m.Default].Target.Windows == w {
		return &m.Entries[m.Default]
	}
	for i := range m.Entries {
		if m.Entries[i].Target.Windows == w {
			return &m.Entries[i]
		}
	}
	return nil
}

func (l *NTLoader) entryStage(w *inspect.Installation, e *MenuEntry) Stage {
	s := Stage{Name: "boot entry"}
	if l == nil || l.Menu.Err != nil || l.Menu.Missing || l.EmptyMenu() && l.Menu.DefaultTarget == nil {
		s.What = "there is no boot configuration"
		return s
	}
	m := &l.Menu
	s.Where = l.System.ID() + " " + m.Path
	switch {
	case e != nil && m.Default >= 0 && &m.Entries[m.Default] == e:
		s.State, s.What = OK, fmt.Sprintf("%q starts by itself: %s", e.Title, e.ARC)
	case !l.DefaultStarts():
		s.State, s.What, s.Symptom = Broken, "what starts by itself leads nowhere"+l.whyNowhere(), l.PathSymptom()
	case e != nil:
		s.State, s.What = OK, fmt.Sprintf("%q has to be chosen: %s", e.Title, e.ARC)
	case m.DefaultTarget != nil && m.DefaultTarget.Windows == w:
		s.State, s.What = OK, "default= leads to it, though no entry does"
	default:
		s.What = "no entry leads to this installation"
	}
	return s
}

// systemFilesStage looks at what NTLDR loads before it starts the kernel, and at
// ntdll.dll, which the kernel needs first.
func (l *NTLoader) systemFilesStage(w *inspect.Installation) Stage {
	s := Stage{Name: "kernel", Where: w.Volume.ID() + " " + w.Path("system32")}
	var entries []MenuEntry
	if l != nil {
		entries = l.Menu.Entries
	}
	if s.judgeFiles(w, SystemFiles(w, entries)); s.State != OK {
		return s
	}
	if e := l.entryFor(w); e != nil {
		for _, name := range []string{e.Kernel, e.HAL} {
			if name == "" {
				continue
			}
			if err := checkPE(w.Volume, w.Path(`system32\`+name), MachineOf(w)); err != nil {
				s.State, s.What, s.Symptom = Broken, err.Error(), FileSymptom(`<Windows root>\system32\`+name)
			}
		}
	}
	return s
}

// judgeFiles names the first file that cannot be loaded.
func (s *Stage) judgeFiles(w *inspect.Installation, files []SystemFile) {
	var names []string
	for _, f := range files {
		if f.Err != nil {
			s.Where, s.What = w.Volume.ID()+" "+f.Path(w), f.Err.Error()
			if !errors.Is(f.Err, ErrFileUnread) {
				s.State, s.Symptom = Broken, f.Symptom(w)
			}
			return
		}
		names = append(names, f.Name)
	}
	s.State, s.What = OK, strings.Join(names, ", ")
}

// Symptom is what the person sees when the file cannot be loaded. The texts from
// Vista on are those of Windows 7 and of Windows 10.
func (f SystemFile) Symptom(w *inspect.Installation) string {
	switch {
	case w.IsReactOS():
		return "Error loading NTOS core."
	case f.Name == "ntdll.dll":
		return "STOP 0x0000006B PROCESS1_INITIALIZATION_FAILED"
	case !IsNT6(w):
		return FileSymptom(`<Windows root>\system32\` + f.Name)
	case f.Role == "kernel" || f.Role == "PAE kernel":
		return `0xc000000f, 0xc0000221 or 0xc0000225 "Windows failed to load because the kernel is missing, or corrupt", File: \Windows\system32\` + f.Name
	case f.Role == "HAL":
		return `0xc000000f, 0xc0000221 or 0xc0000225 "Windows failed to load because the HAL is missing, or corrupt", File: \Windows\system32\` + f.Name
	}
	return `0xc000000f, 0xc0000221 or 0xc000007b "Windows failed to load because a required file is missing, or corrupt", File: \Windows\` + f.Below + `\` + f.Name
}

func hiveStageNT(w *inspect.Installation, l *NTLoader) Stage {
	s := hiveStage(w)
	if s.State == OK {
		if _, err := w.System.ControlSet(bootSet(w.System)); err != nil {
			s.State, s.What = Broken, fmt.Sprintf("Select names ControlSet%03d: %v", bootSet(w.System), err)
			s.Symptom = "STOP 0x00000074 BAD_SYSTEM_CONFIG_INFO"
			if w.IsReactOS() {
				s.Symptom = "Initializing CurrentControlSet link failed!"
			}
		}
	}
	if s.State != Broken || s.Symptom != "" {
		return s
	}
	s.Symptom = FileSymptom(`\WINDOWS\SYSTEM32\CONFIG\SYSTEM`)
	if l != nil && l.FreeLoader {
		s.Symptom = "Importing binary hive failed!"
		if !Exists(w.Volume, w.HivePath) {
			s.Symptom = "Opening hive file failed!"
		}
	}
	return s
}

func driverStageNT(w *inspect.Installation) Stage {
	s := driverStage(w)
	if s.State == Broken {
		if w.IsReactOS() {
			s.Symptom = "Can't load boot driver, or STOP 0x0000007B (second parameter 0xC0000034)"
		} else {
			s.Symptom = stop7B
		}
	}
	return s
}
