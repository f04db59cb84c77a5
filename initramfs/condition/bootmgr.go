package condition

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/donor"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// Files of the boot manager of Vista and later, and the copies of them that every
// Windows keeps.

const bootmgrPath = `\bootmgr`

// maxBootFile is more than any file of a boot manager has.
const maxBootFile = 16 << 20

// bootCopy is a file that can take the place of another.
type bootCopy struct {
	volume *inspect.Volume
	path   string
	own    bool // of a Windows that it is to start
	// another says why it may be the wrong one, though it is of that Windows.
	another string
	data    []byte
	from    string // for people; "": volume and path
}

func (c *bootCopy) where() string {
	if c.from != "" {
		return c.from
	}
	return c.volume.ID() + " " + c.path
}

// evidence names the copy.
func (c *bootCopy) evidence() inspect.Evidence {
	e := inspect.Evidence{Volume: c.volume.ID(), Path: c.path, Offset: -1, Actual: fmt.Sprintf("a copy of %d bytes would take its place", len(c.data))}
	if c.from != "" {
		e.Actual += ": " + c.from
	}
	return e
}

// copyFrom reads a file that may be a copy; nil where it is none.
func copyFrom(v *inspect.Volume, path string, arch inspect.Arch) *bootCopy {
	if bootchain.LoaderFileFault(v, path) != nil && !errors.Is(bootchain.LoaderFileFault(v, path), bootchain.ErrCompressed) {
		return nil
	}
	data, err := bootchain.ReadSmall(v.FS, path, maxBootFile)
	if err != nil || arch != "" && archOfProgram(data) != arch {
		return nil
	}
	return &bootCopy{volume: v, path: path, data: data}
}

// archOfProgram is the processor that a program is for, "" where it is none.
func archOfProgram(data []byte) inspect.Arch {
	f, err := pe.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return ""
	}
	return inspect.ArchOf(f.Machine())
}

// bootmgrCopy is the copy of bootmgr to take: that of the newest Windows, else one
// in the root of another volume.
func bootmgrCopy(p *inspect.Patient, m *bootchain.BootManager) *bootCopy {
	for _, w := range m.NewestFirst() {
		if c := copyFrom(w.Volume, w.Path(`Boot\PCAT\bootmgr`), ""); c != nil {
			c.own = true
			return c
		}
	}
	for _, v := range p.Volumes() {
		if v == m.System || v.FS == nil || v.IsDisc() {
			continue
		}
		if c := copyFrom(v, bootmgrPath, ""); c != nil {
			return c
		}
	}
	return nil
}

// fallbackPath is where firmware without an entry looks for a loader.
func fallbackPath(w *inspect.Installation) string {
	name := map[inspect.Arch]string{inspect.AMD64: "bootx64.efi", inspect.X86: "bootia32.efi", inspect.ARM64: "bootaa64.efi"}[w.Arch]
	if name == "" {
		return ""
	}
	return `\EFI\Boot\` + name
}

// foreignLoaders lists folders of other systems on an EFI system partition.
func foreignLoaders(v *inspect.Volume) []string {
	list, err := v.FS.ReadDir(`\EFI`)
	if err != nil {
		return nil
	}
	var all []string
	for _, i := range list {
		if i.IsDir() && !strings.EqualFold(i.Name, "Microsoft") && !strings.EqualFold(i.Name, "Boot") {
			all = append(all, i.Name)
		}
	}
	return all
}

// askWhoseESP leaves the decision to a person where nothing on the EFI system partition
// is of Windows, but of other systems: it may not be that of Windows.
func askWhoseESP(m *bootchain.BootManager, f *Finding) {
	others := foreignLoaders(m.System)
	if _, err := m.System.FS.Stat(`\EFI\Microsoft`); isBIOS(m) || len(others) == 0 || !errors.Is(err, fs.ErrNotExist) {
		return
	}
	f.Confidence = Low
	f.Advice = fmt.Sprintf("The partition holds folders of other systems only (%s); if it is that of Windows, too, name the finding with --only.", strings.Join(others, ", "))
}

// winloadCopy is the copy of the loader of a Windows to take: that of the version of
// its kernel, which is of the build of Windows, in system32\Boot, else the one that the
// component store has in use; else nil.
func winloadCopy(p *inspect.Patient, m *bootchain.BootManager, w *inspect.Installation) *bootCopy {
	name := "winload" + programExt(m)
	doubt := ""
	kernel, err := donor.FileVersion(w, `system32\ntoskrnl.exe`)
	if err != nil {
		if c, _, _ := donor.SystemFile(p, w, "ntoskrnl.exe"); c != nil {
			kernel, doubt, err = c.Version, c.Doubt, nil // which system-file-missing puts in place
		}
	}
	ofKernel := func(below string) *bootCopy {
		if version, e := donor.FileVersion(w, below); err != nil || e != nil || version != kernel || !donor.MayTake(w, kernel) {
			return nil
		}
		c := copyFrom(w.Volume, w.Path(below), w.Arch)
		if c != nil {
			c.own, c.another = true, doubt
		}
		return c
	}
	if c := ofKernel(`system32\Boot\` + name); c != nil {
		return c
	}
	if c, _, _ := donor.SystemFile(p, w, name); c != nil {
		return &bootCopy{volume: w.Volume, own: true, data: c.Data, from: c.Where, another: c.Doubt}
	}
	return nil
}

// missingFile says what is wrong with a file of the boot manager; nil when nothing
// is, when the volume is to blame, or when it is only compressed.
func missingFile(v *inspect.Volume, path string) error {
	err := bootchain.LoaderFileFault(v, path)
	if errors.Is(err, bootchain.ErrCompressed) || errors.Is(err, bootchain.ErrFileUnread) {
		return nil
	}
	return err
}

// fileFinding is the finding that a file of the boot manager is missing.
func fileFinding(v *inspect.Volume, path, symptom string, fault error, c *bootCopy) *Finding {
	f := &Finding{Result: Present, Severity: Fatal, Confidence: High, Symptom: symptom,
		Summary:  fmt.Sprintf("%s: %v.", v.ID(), fault),
		Evidence: []inspect.Evidence{{Volume: v.ID(), Path: path, Offset: -1, Expected: "the boot manager's file", Actual: fault.Error()}}}
	if c == nil {
		parts := fs.SplitPath(path)
		f.Advice = fmt.Sprintf("No usable copy of %s was found on this machine. Attach a medium of this Windows: its own repair can put the file back.", parts[len(parts)-1])
		return f
	}
	f.Fixable = true
	f.Evidence = append(f.Evidence, c.evidence())
	if c.another != "" {
		f.Confidence, f.Advice = Low, c.another
	} else if !c.own {
		f.Confidence = Low
		f.Advice = fmt.Sprintf("The only copy is %s, which may be of another Windows. With --only it is taken.", c.where())
	}
	return f
}

// putCopy are the steps that put a copy in place.
func putCopy(v *inspect.Volume, path string, c *bootCopy) ([]step.Step, error) {
	if c == nil {
		return nil, fmt.Errorf("%s %s: there is no copy any more", v.ID(), path)
	}
	return step.PutFile(v, path, c.data, "taken from "+c.where())
}

// isBIOS: what BOOTMGR in the root of a volume starts.
func isBIOS(m *bootchain.BootManager) bool { return m.Firmware == bcd.BIOS }
