package bootchain

import (
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
)

// NTLoader is NTLDR, or the FreeLoader of ReactOS, on the volume that the BIOS
// starts from: what it finds there, and which Windows it is to start.
type NTLoader struct {
	System *inspect.Volume
	// FreeLoader: it starts ReactOS.
	FreeLoader bool
	Disks      []*inspect.Disk // in the order of rdisk()
	Menu       Menu
	Windows    []*inspect.Installation // of this generation, which have no other loader
}

// IsNT5 reports whether the installation is of the generation that NTLDR
// starts: NT 3.1 to Server 2003, and ReactOS.
func IsNT5(w *inspect.Installation) bool {
	if w.Volume.Disk.Table == nil || w.Volume.Disk.Table.Scheme == part.GPT {
		return false
	}
	if w.VersionErr == nil {
		return w.Version.Major < 6
	}
	// Neither SOFTWARE nor the kernel says. Vista and later have their own second
	// loader.
	for _, below := range []string{`system32\winload.exe`, `system32\winload.efi`, `Boot\PCAT\bootmgr`} {
		if Exists(w.Volume, w.Path(below)) {
			return false
		}
	}
	return Exists(w.Volume, w.Path(`repair`)) || Exists(w.Volume, w.Path(`system32\dllcache`)) || w.IsReactOS()
}

// Exists reports whether something is at the path; what cannot be read counts.
func Exists(v *inspect.Volume, path string) bool {
	if v == nil || v.FS == nil {
		return false
	}
	_, err := v.FS.Stat(path)
	return err == nil
}

// NTLoaders lists the loaders that the installations of their generation need,
// each once. One whose volume cannot be found has none.
func NTLoaders(p *inspect.Patient) []*NTLoader {
	var all []*NTLoader
	for _, w := range p.Windows {
		if !IsNT5(w) {
			continue
		}
		system := NTSystemVolume(p, w)
		if system == nil || system.FS == nil || startsLater(system, w) {
			continue
		}
		l := find(all, system, w.IsReactOS())
		if l == nil {
			l = &NTLoader{System: system, FreeLoader: w.IsReactOS(), Disks: rdiskOrder(p, system.Disk), Menu: readMenu(system, w.IsReactOS())}
			l.Menu.resolve(p, l.Disks)
			all = append(all, l)
		}
		l.Windows = append(l.Windows, w)
	}
	return all
}

// startsLater reports whether the volume starts Vista or later and has nothing of
// an NT loader: the folder of the older Windows is a leftover.
func startsLater(system *inspect.Volume, w *inspect.Installation) bool {
	return Exists(system, `\bootmgr`) && countTraces(system, w.IsReactOS()) == 0
}

func find(all []*NTLoader, system *inspect.Volume, freeloader bool) *NTLoader {
	for _, l := range all {
		if l.System == system && l.FreeLoader == freeloader {
			return l
		}
	}
	return nil
}

// NTLoaderOf is the loader of one installation, nil where its volume is not
// found.
func NTLoaderOf(p *inspect.Patient, w *inspect.Installation) *NTLoader {
	for _, l := range NTLoaders(p) {
		for _, one := range l.Windows {
			if one == w {
				return l
			}
		}
	}
	return nil
}

// LoaderPath is the loader's file.
func (l *NTLoader) LoaderPath() string {
	if l.FreeLoader {
		return `\freeldr.sys`
	}
	return `\ntldr`
}

// traces are the files in the root of a volume that show that an NT loader starts
// from it.
func traces(freeloader bool) []string {
	if freeloader {
		return []string{`\freeldr.sys`, `\freeldr.ini`}
	}
	return []string{`\ntldr`, `\ntdetect.com`, `\boot.ini`}
}

func countTraces(v *inspect.Volume, freeloader bool) (n int) {
	for _, path := range traces(freeloader) {
		if Exists(v, path) {
			n++
		}
	}
	return n
}

// NTSystemVolume is the volume whose loader starts the installation. On the disk
// of the Windows that is the active one, unless another one has the loader's
// files and this has none: then the flag is what is wrong. Another disk's counts
// when this one has none of the files.
func NTSystemVolume(p *inspect.Patient, w *inspect.Installation) *inspect.Volume {
	own := systemOn(w.Volume.Disk, w)
	if own != nil && countTraces(own, w.IsReactOS()) > 0 {
		return own
	}
	for _, d := range rdiskOrder(p, nil) {
		if d == w.Volume.Disk {
			continue
		}
		if v := systemOn(d, w); v != nil && v.Partition.Active && countTraces(v, w.IsReactOS()) > 0 {
			return v
		}
	}
	return own
}

// systemOn is the volume on one disk that has, or is to have, the loader.
func systemOn(d *inspect.Disk, w *inspect.Installation) *inspect.Volume {
	var active, most *inspect.Volume
	best, blind := 0, false
	for _, v := range d.Volumes {
		if unread(v) && (v.Partition.Active || mayHoldLoader(v.Partition)) {
			blind = true
		}
		if v.FS == nil || v.Err != nil || v.Partition.Logical || !loaderCanLive(v) {
			continue
		}
		n := countTraces(v, w.IsReactOS())
		if v.Partition.Active && (active == nil || n > countTraces(active, w.IsReactOS())) {
			active = v
		}
		if n > best {
			most, best = v, n
		}
	}
	switch {
	case active != nil && countTraces(active, w.IsReactOS()) > 0:
		return active
	case most != nil:
		return most
	case blind: // the loader may be where nobody can look
		return nil
	case active != nil:
		return active
	case w.Volume.Disk == d && !w.Volume.Partition.Logical:
		return w.Volume
	}
	return nil
}

func unread(v *inspect.Volume) bool { return v.FS == nil || v.Err != nil }

// mayHoldLoader: a primary partition of a type that NT starts from, hidden or not.
func mayHoldLoader(e part.Partition) bool {
	switch e.Type &^ 0x10 {
	case 0x01, 0x04, 0x06, 0x07, 0x0B, 0x0C, 0x0E:
		return !e.Logical
	}
	return false
}

// loaderCanLive: boot sectors that load NTLDR are those of FAT and NTFS.
func loaderCanLive(v *inspect.Volume) bool {
	switch v.Kind {
	case fs.NTFS, fs.FAT12, fs.FAT16, fs.FAT32:
		return true
	}
	return false
}

// Claimed tells which installations an entry of the menu leads to.
func (l *NTLoader) Claimed() map[*inspect.Installation]bool {
	all := map[*inspect.Installation]bool{}
	for _, e := range l.Menu.Entries {
		if e.Target.Windows != nil && e.Target.Why == "" {
			all[e.Target.Windows] = true
		}
	}
	return all
}

// Address is the multi() path of an installation as this loader's BIOS reaches
// it. ok is false where the disk is none of the BIOS' or the partition has no
// number.
func (l *NTLoader) Address(w *inspect.Installation) (path string, rdisk, partition int, ok bool) {
	for i, d := range l.Disks {
		if d == w.Volume.Disk && w.Volume.Partition.NTNumber > 0 {
			return w.Root, i, w.Volume.Partition.NTNumber, true
		}
	}
	return "", 0, 0, false
}
