package systempart

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// Lost is a disk with a Windows from Vista on and nothing that the firmware could
// start it from.
type Lost struct {
	Disk    *inspect.Disk
	Windows []*inspect.Installation // the newest first
	Volume  *inspect.Volume         // the partition that should be the one; nil where there is none
	UEFI    bool

	// How it is made again. Err says why it cannot be, and what to do instead.
	Steps []step.Step
	Notes []string
	Err   error
	What  string // what was found beside
	Doubt string // what speaks against it
}

// Missing finds the disks whose system partition is lost: BIOS disks with no boot loader
// anywhere and no partition that is meant to hold it and can be read; GPT disks without a readable
// EFI system partition. One that can be read, but lacks files, is none.
func Missing(p *inspect.Patient) []*Lost {
	if !edition.NT6 {
		return nil
	}
	var all []*Lost
	for _, w := range p.Windows {
		if bootchain.IsNT5(w) || w.VersionErr != nil || !w.Version.AtLeast(6, 0) || w.Volume.Disk.Err != nil || w.Volume.Disk.Table == nil {
			continue
		}
		if i := slices.IndexFunc(all, func(l *Lost) bool { return l.Disk == w.Volume.Disk }); i >= 0 {
			all[i].Windows = append(all[i].Windows, w)
			continue
		}
		if l := missing(p, w); l != nil {
			all = append(all, l)
		}
	}
	for _, l := range all {
		l.Windows = (&bootchain.BootManager{Windows: l.Windows}).NewestFirst()
		l.plan(p)
	}
	return all
}

// missing judges the disk of one Windows.
func missing(p *inspect.Patient, w *inspect.Installation) *Lost {
	d := w.Volume.Disk
	l := &Lost{Disk: d, Windows: []*inspect.Installation{w}, UEFI: d.Table.Scheme == part.GPT}
	program := `system32\winload.exe`
	if l.UEFI {
		program = `system32\winload.efi`
	}
	system := bootchain.SystemVolume(p, w)
	switch {
	case system != nil && (system == w.Volume || system.FS != nil), d.Table.Scheme == part.None:
		return nil
	case !bootchain.HasFile(w.Volume.FS, w.Path(program)): // that is another fault
		return nil
	case l.UEFI && !slices.ContainsFunc(d.Table.Partitions, part.Partition.IsESP) && slices.ContainsFunc(d.Volumes, func(v *inspect.Volume) bool { return couldBeESP(p, v) }):
		return nil // of another type
	case !l.UEFI && slices.ContainsFunc(p.Disks, startable):
		return nil // which one it is is for the active flag to say
	}
	l.Volume = system
	return l
}

// couldBeESP reports a volume with what Windows has on an EFI system partition, of a kind
// that firmware reads; a copy of the boot manager on any other is a copy.
func couldBeESP(p *inspect.Patient, v *inspect.Volume) bool {
	if v.FS == nil || !slices.Contains([]fs.Kind{fs.FAT12, fs.FAT16, fs.FAT32}, v.Kind) {
		return false
	}
	mark, err := bootchain.ReadESPMark(p, v)
	return err != nil || mark.Any()
}

// startable reports a disk with a boot loader in a primary partition.
func startable(d *inspect.Disk) bool {
	b, err := bootchain.ReadBIOSDisk(d)
	return err != nil || b != nil && len(b.Loading()) > 0
}

func (l *Lost) plan(p *inspect.Patient) {
	if l.UEFI {
		l.Err = l.fromESP(p)
		return
	}
	w := l.Windows[0]
	b, err := startDisk(w)
	if err != nil {
		l.Err = err
		return
	}
	m := &mover{patient: p, windows: w, to: w.Volume, disk: b}
	if l.Err = m.fits(); l.Err == nil {
		l.Err = m.fromWindows()
	}
	l.Steps, l.Notes = m.plan.Steps, m.plan.Notes
	if b.CodeMissing() && b.Code.Owner == bootsect.Microsoft {
		l.Doubt = fmt.Sprintf("The boot code in the MBR of %s is cut off or changed, and would be replaced", l.Disk.Path)
	}
	if v := l.Volume; v != nil && v.Kind != fs.Empty {
		l.Doubt = fmt.Sprintf("%s is active and holds something that cannot be read (it is left as it is)", v.ID())
	}
}

// fill puts what the firmware starts into a new, empty EFI system partition: the boot
// manager where Windows has it and where firmware without an entry looks for it, with
// what belongs to it, and a new store.
func (l *Lost) fill(p *inspect.Patient, v *inspect.Volume) error {
	w := l.Windows[0]
	m := &mover{windows: w, to: v, fresh: true, copied: map[string]bool{}}
	fallback := map[inspect.Arch]string{inspect.AMD64: "bootx64.efi", inspect.X86: "bootia32.efi", inspect.ARM64: "bootaa64.efi"}[w.Arch]
	source := w.Path(`Boot\EFI`)
	loader, other := loadersFor(p, w)
	if loader == "" {
		return part.Refuse("%s has no copy of the boot manager in %s; use bcdboot of a Windows medium", w.Label(), source)
	}
	for _, dir := range []string{`\EFI`, `\EFI\Microsoft`} {
		if err := m.folder(dir, 0); err != nil {
			return err
		}
	}
	const boot = `\EFI\Microsoft\Boot`
	if err := m.folder(boot, 0); err != nil {
		return err
	}
	// What is put first stays: the tree has another generation of the two.
	if err := m.file(w.Volume, loader, boot+`\bootmgfw.efi`); err != nil {
		return err
	}
	if other != "" {
		if err := m.file(w.Volume, other, boot+`\bootmgr.efi`); err != nil {
			return err
		}
	}
	if bootchain.Exists(w.Volume, source) {
		if err := m.tree(w.Volume, source, boot, nothing, 1); err != nil {
			return err
		}
	}
	for _, name := range []string{"Fonts", "Resources"} {
		if bootchain.Exists(w.Volume, w.Path(`Boot\`+name)) {
			if err := m.tree(w.Volume, w.Path(`Boot\`+name), boot+`\`+name, nothing, 1); err != nil {
				return err
			}
		}
	}
	if fallback != "" {
		if err := m.folder(`\EFI\Boot`, 0); err != nil {
			return err
		}
		if err := m.file(w.Volume, loader, `\EFI\Boot\`+fallback); err != nil {
			return err
		}
	}
	manager := &bootchain.BootManager{System: v, Firmware: bcd.UEFI, Path: bootchain.StorePaths()[1], Windows: l.Windows}
	content, err := manager.Rebuild(nil)
	if err != nil {
		return part.Refuse("no boot configuration can be made: %v", err)
	}
	if err := m.content(manager.Path, content); err != nil {
		return err
	}
	if m.need > v.Partition.Range.Len-(8<<20) {
		return part.Refuse("%s is too small for the boot files of %s (%d MiB); make a larger EFI system partition with diskpart", v.ID(), w.Label(), m.need>>20)
	}
	l.Steps = append(l.Steps, append(m.plan.Steps, m.after...)...)
	l.Notes = append(l.Notes, "The boot configuration is new; in Windows, reagentc /enable registers the recovery environment again.")
	return nil
}
