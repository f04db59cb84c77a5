package bootchain

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/part"
)

// State says whether a link of the chain would hold now.
type State int

// The states; Unknown is the zero value.
const (
	Unknown State = iota
	OK
	Broken
)

// Stage is one link of the chain.
type Stage struct {
	Name  string // "firmware", "partition table", ... in this order
	State State
	What  string // one sentence
	Where string // volume or file
	// Symptom is what the person sees where the stage is Broken, "" where that
	// is not known here.
	Symptom string
}

// Walk goes along the chain of one installation. The first Broken stage is
// where the start would fail; later ones are still looked at.
func Walk(p *inspect.Patient, w *inspect.Installation) []Stage {
	if IsNT5(w) {
		return walkNT(p, w)
	}
	if !edition.NT6 {
		return []Stage{{Name: "boot chain", What: "this small bootmend knows that of NT 4 to Server 2003 only; start the whole one for this Windows"}}
	}
	firmware := firmwareOf(p, w.Volume.Disk)
	system, manager := SystemVolume(p, w), managerOf(p, w)
	return []Stage{
		firmwareStage(p, w.Volume.Disk, firmware),
		tableStage(w.Volume.Disk),
		masterStage(p, w, firmware),
		systemStage(p, w, system, firmware),
		bootSectorStage(p, w, system, firmware),
		manager.managerStage(loaderStage(w, system, firmware)),
		configStage(p, w, system, firmware, manager),
		kernelStage(w),
		hiveStage(w),
		driverStage(w),
		volumeStage(w.Volume),
	}
}

// firmwareOf is the firmware that the disk was made to start by: Windows
// starts from GPT by UEFI only and from MBR by BIOS only. A disk without a
// table says nothing, so there the machine decides.
func firmwareOf(p *inspect.Patient, d *inspect.Disk) machine.Firmware {
	switch d.Table.Scheme {
	case part.GPT:
		return machine.UEFI
	case part.MBR:
		return machine.BIOS
	}
	if p.Machine != nil {
		return p.Machine.Firmware
	}
	return machine.UnknownFirmware
}

// firmwareStage compares with the machine. That it runs under the other
// firmware now proves nothing: many can do both, and the rescue image may have
// been started the other way.
func firmwareStage(p *inspect.Patient, d *inspect.Disk, firmware machine.Firmware) Stage {
	s := Stage{Name: "firmware", Where: d.Path, What: fmt.Sprintf("the disk (%s) is made for %s; that of the machine is not known", d.Table.Scheme, firmware)}
	if p.Machine == nil || p.Machine.Firmware == machine.UnknownFirmware || firmware == machine.UnknownFirmware {
		return s
	}
	if p.Machine.Firmware == firmware {
		s.State, s.What = OK, fmt.Sprintf("the disk (%s) and the machine fit: %s", d.Table.Scheme, firmware)
		return s
	}
	s.What = fmt.Sprintf("the disk (%s) is made for %s, the machine uses %s", d.Table.Scheme, firmware, p.Machine.Firmware)
	return s
}

func tableStage(d *inspect.Disk) Stage {
	s := Stage{Name: "partition table", Where: d.Path, State: OK, What: fmt.Sprintf("%s with %d partitions", d.Table.Scheme, len(d.Table.Partitions))}
	for _, damage := range d.Table.Damage {
		if damage.Kind == part.GPTBackup || damage.Kind == part.GPTPrimary {
			s.What += "; " + damage.String() // firmware and Windows take the other copy
			continue
		}
		s.State, s.What = Broken, damage.String()
		if d.Table.Scheme == part.MBR {
			s.Symptom = saysBadTable
		}
		break
	}
	return s
}

// loaderFiles are the files of the boot loader for a generation of Windows and
// a firmware: the loader itself, then its configuration.
func loaderFiles(w *inspect.Installation, firmware machine.Firmware) (loader, config []string) {
	switch {
	case firmware == machine.UEFI:
		return []string{`\EFI\Microsoft\Boot\bootmgfw.efi`, `\EFI\Boot\bootx64.efi`, `\EFI\Boot\bootia32.efi`, `\EFI\Boot\bootaa64.efi`},
			[]string{`\EFI\Microsoft\Boot\BCD`}
	case w.VersionErr == nil && w.Version.Major >= 6:
		return []string{`\bootmgr`}, []string{`\Boot\BCD`}
	case w.VersionErr == nil:
		return []string{`\ntldr`, `\freeldr.sys`}, []string{`\boot.ini`, `\freeldr.ini`}
	}
	return []string{`\bootmgr`, `\ntldr`, `\freeldr.sys`}, []string{`\Boot\BCD`, `\boot.ini`, `\freeldr.ini`}
}

func loaderStage(w *inspect.Installation, system *inspect.Volume, firmware machine.Firmware) Stage {
	loader, _ := loaderFiles(w, firmware)
	return anyFile("boot loader", system, loader)
}

func configStage(p *inspect.Patient, w *inspect.Installation, system *inspect.Volume, firmware machine.Firmware, manager *BootManager) Stage {
	if manager != nil {
		return manager.storeStage(p, w)
	}
	_, config := loaderFiles(w, firmware)
	s := anyFile("boot configuration", system, config)
	if s.State == OK {
		s.What += "; its content is not judged yet"
	}
	return s
}

// anyFile looks for the first of some files that exists and is not empty.
func anyFile(name string, system *inspect.Volume, paths []string) Stage {
	s := Stage{Name: name}
	if system == nil || system.FS == nil {
		s.What = "there is no readable system partition"
		return s
	}
	s.Where = system.ID()
	for _, path := range paths {
		info, err := system.FS.Stat(path)
		switch {
		case err == nil && info.Size > 0:
			s.State, s.Where, s.What = OK, system.ID()+" "+path, fmt.Sprintf("%d bytes", info.Size)
			return s
		case err == nil:
			s.State, s.What = Broken, path+" is empty"
			return s
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrNotDir):
			s.What = err.Error()
			return s
		}
	}
	s.State, s.What = Broken, "there is no "+strings.Join(paths, " or ")
	return s
}

func kernelStage(w *inspect.Installation) Stage {
	if IsNT6(w) {
		s := Stage{Name: "kernel", Where: w.Volume.ID() + " " + w.Path(systemFolder)}
		s.judgeFiles(w, SystemFiles(w, nil))
		return s
	}
	return anyFile("kernel", w.Volume, []string{w.Path(`system32\ntoskrnl.exe`), w.Path(`system32\ntkrnlpa.exe`)})
}

func hiveStage(w *inspect.Installation) Stage {
	s := Stage{Name: "registry", Where: w.Volume.ID() + " " + w.HivePath, State: Broken}
	switch {
	case w.HiveErr != nil:
		s.What = w.HiveErr.Error()
	case w.SystemErr != nil:
		s.What = w.SystemErr.Error()
	case !w.Hive.State().Clean:
		s.State, s.What = Unknown, "dirty: "+strings.Join(w.Hive.State().Reasons, "; ")
	default:
		s.State, s.What = OK, fmt.Sprintf("clean, %d control sets", len(w.ControlSets))
	}
	return s
}

// stop7B is what Windows shows that cannot reach its own volume.
const stop7B = "STOP 0x0000007B INACCESSIBLE_BOOT_DEVICE"

func driverStage(w *inspect.Installation) Stage {
	s := Stage{Name: "boot drivers", Where: w.Volume.ID() + " " + w.HivePath}
	link, err := Storage(w)
	if err != nil {
		s.What = err.Error()
		return s
	}
	if len(link.Services) == 0 {
		s.State, s.What, s.Symptom = Broken, "no driver is known for "+link.Controller.String(), stop7B
		return s
	}
	var bad []string
	for _, d := range link.Boot().All() {
		if why := d.Why(); why != "" {
			bad = append(bad, d.Name+": "+why)
		}
	}
	if len(link.Unbound) > 0 {
		bad = append(bad, "nothing gives "+strings.Join(link.Unbound, " and ")+" to the driver")
	}
	s.State, s.What = OK, fmt.Sprintf("%s for %s", strings.Join(link.Services, " and "), link.Controller)
	if len(bad) > 0 {
		s.State, s.What, s.Symptom = Broken, fmt.Sprintf("%s: %s", link.Controller, strings.Join(bad, "; ")), stop7B
	}
	return s
}

func volumeStage(v *inspect.Volume) Stage {
	s := Stage{Name: "boot volume", Where: v.ID(), State: OK, What: string(v.Kind)}
	switch {
	case v.StateErr != nil:
		s.State, s.What = Unknown, v.StateErr.Error()
	case v.State != nil && len(v.State.Blockers()) > 0:
		s.State, s.What = Unknown, strings.Join(v.State.Blockers(), "; ")
	}
	return s
}
