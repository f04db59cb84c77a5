package mounts

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// Root is the directory below which everything is mounted.
const Root = "/mnt"

// Place is a volume and where it is to be mounted.
type Place struct {
	Volume *inspect.Volume
	Name   string // below Root: the letter in lower case, or "w1"
	// Refused says why it must not be mounted so, "" where it may; Warnings what to
	// know of it, one sentence each.
	Refused  string
	Warnings []string
}

// Dir is the directory.
func (p Place) Dir() string { return path.Join(Root, p.Name) }

// Plan lists the volumes that the Windows knows by a letter, its own first, and
// those without a letter on its disk by their number: p1, p2.
// findings are those of a scan of the same patient.
func Plan(p *inspect.Patient, findings []condition.Finding, w *inspect.Installation, write bool) []Place {
	letters := lettersOf(p, w)
	if letters[w.Volume] == "" {
		letters[w.Volume] = w.ID
	}
	var all []Place
	for _, v := range p.Volumes() {
		name := letters[v]
		if name == "" && v.Disk == w.Volume.Disk && v.FS != nil {
			name = fmt.Sprintf("p%d", v.Partition.Number)
		}
		if name != "" && !v.IsDisc() && !v.Disk.Rescue {
			all = append(all, place(v, name, findings, write))
		}
	}
	slices.SortStableFunc(all, func(a, b Place) int {
		if own := a.Volume == w.Volume; own != (b.Volume == w.Volume) {
			if own {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all
}

// lettersOf are the letters that the Windows gives to volumes that are there, in
// lower case. Its own is that of SystemRoot, whatever MountedDevices says.
func lettersOf(p *inspect.Patient, w *inspect.Installation) map[*inspect.Volume]string {
	all := map[*inspect.Volume]string{}
	taken := map[string]bool{}
	give := func(v *inspect.Volume, letter byte) {
		name := strings.ToLower(string(rune(letter)))
		if all[v] == "" && !taken[name] {
			all[v], taken[name] = name, true
		}
	}
	if letter, err := bootchain.SystemLetter(w); err == nil {
		give(w.Volume, letter)
	}
	if w.System == nil {
		return all
	}
	known, _ := w.System.MountedDevices() // what can be read of it
	for _, v := range p.Volumes() {
		id := bootchain.MountedIdentity(v)
		if id == nil {
			continue
		}
		for _, m := range registry.LettersOf(known, id) {
			give(v, m.Letter)
		}
	}
	return all
}

// place judges one volume.
func place(v *inspect.Volume, name string, findings []condition.Finding, write bool) Place {
	p := Place{Volume: v, Name: name}
	switch v.Kind {
	case fs.NTFS, fs.FAT12, fs.FAT16, fs.FAT32, fs.ISO9660, fs.UDF:
	default:
		p.Refused = cannot(v)
	}
	for _, f := range findings {
		if !concerns(f, v) {
			continue
		}
		switch {
		case f.ID == "bitlocker-locked", f.ID == "dynamic-disk", f.ID == "storage-spaces", f.ID == "refs":
			p.Refused = f.Summary + " " + f.Advice
		case f.ID == "journal-open":
			p.Refused = "A repair of this disk was interrupted; finish it first: bootmend recover."
		case !forbidsWriting(f):
		case write && p.Refused == "":
			p.Refused = refusal(f)
		default:
			p.Warnings = append(p.Warnings, f.Summary)
		}
	}
	if write && p.Refused == "" && v.IsDisc() {
		p.Refused = v.ID() + " is a CD or DVD, which cannot be written to."
	}
	return p
}

// refusal says why a volume must not be written to.
func refusal(f condition.Finding) string {
	if f.ID == "ntfs-log-unclean" && f.Severity != condition.Blocker {
		return fmt.Sprintf("%s was not dismounted cleanly, and ntfs-3g would throw away what its log holds. Start Windows and shut it down, or let bootmend repair carry the log out.", f.Volume.ID())
	}
	return strings.TrimSpace(f.Summary + " " + f.Advice)
}

// cannot says why a volume has no driver.
func cannot(v *inspect.Volume) string {
	if v.Err != nil {
		return fmt.Sprintf("%s cannot be mounted: %v.", v.ID(), v.Err)
	}
	return fmt.Sprintf("%s has no file system that can be mounted here (%s).", v.ID(), v.Kind)
}

// concerns reports whether a finding is about the volume: its own, its disk's, or
// that of the whole machine. A hibernated Windows may hold any volume.
func concerns(f condition.Finding, v *inspect.Volume) bool {
	switch {
	case f.ID == "hibernated", f.ID == "journal-overtaken", f.ID == "journal-open":
		return true
	case f.ID == "bitlocker-locked":
		return f.Volume == v // another volume of the disk may be read and written
	case f.Windows != nil:
		return false
	case f.Volume != nil:
		return f.Volume == v
	}
	return f.Disk == nil || f.Disk == v.Disk
}

// forbidsWriting: what keeps repairs from writing keeps people from it; damage that
// a repair could mend must not be written over either, and a log that the repair
// would replay first ntfs-3g would throw away.
func forbidsWriting(f condition.Finding) bool {
	switch f.ID {
	case "ntfs-damaged", "volume-damaged", "ntfs-dirty", "ntfs-log-unclean":
		return true
	}
	return f.Severity == condition.Blocker
}

// MediaPlan gives each volume of attached media a name: a and b for floppies, then
// the first letters from d on that no Windows has. findings are those of the patient;
// before media are written to, they are looked at in the same way.
func MediaPlan(ctx context.Context, patient, media *inspect.Patient, findings []condition.Finding, write bool) ([]Place, error) {
	if write {
		own, err := condition.Detect(ctx, media)
		if err != nil {
			return nil, err
		}
		findings = slices.Concat(findings, own)
	}
	taken := map[string]bool{}
	for _, w := range patient.Windows {
		for _, name := range lettersOf(patient, w) {
			taken[name] = true
		}
	}
	var all []Place
	for _, v := range media.Volumes() {
		if v.Kind == fs.Empty || v.Kind == fs.Unknown || v.Disk.Rescue && !v.IsDisc() {
			continue
		}
		name := mediaName(v, taken)
		if name == "" {
			break
		}
		taken[name] = true
		all = append(all, place(v, name, findings, write))
	}
	return all, nil
}

func mediaName(v *inspect.Volume, taken map[string]bool) string {
	first := 'd'
	if strings.HasPrefix(v.Disk.Name(), "fd") {
		first = 'a'
	}
	for r := first; r <= 'z'; r++ {
		if r != 'c' && !taken[string(r)] {
			return string(r)
		}
	}
	return ""
}
