package condition

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
	"github.com/bootmend/bootmend/initramfs/part/mbrcode"
	"github.com/bootmend/bootmend/initramfs/step"
)

// There is no boot code in the MBR of a disk from which a BIOS is to start
// Windows.
//
// Seen as: a black screen with a cursor, or "No bootable device"; with the rest
// of a GRUB whose files are gone, "GRUB" or "grub rescue>". Any Windows on BIOS.
// Cause: an image of partitions instead of the disk, a table written anew, a
// Linux that was deleted.
// Evidence: the code area (0 to 1B7) is zeros or a fill byte, or Windows' code
// of which a part is missing, or GRUB 2 whose core image is not where its
// first sector says.
// Fix: boot code that starts the active partition (package mbrcode) in those 440
// bytes; disk signature and table stay. High for no code at all; the other two
// are for a person to say.
// Not fixed: code of others. A boot manager that is whole is left alone; what is
// not known, too, and that is said (Unknown): it may be a boot manager, or rubbish.
// What decrypts a disk is never touched.
var mbrCodeMissing = Condition{
	ID:     "mbr-code-missing",
	Title:  "The MBR holds no boot code",
	Detect: detectMBRCodeMissing,
	Fix:    fixMBRCodeMissing,
}

func detectMBRCodeMissing(_ context.Context, p *inspect.Patient) []Finding {
	return eachStart(p, func(b *bootchain.BIOSDisk) (Finding, bool) {
		f := ofDisk(b.Disk)
		f.Symptom = `A black screen with a cursor, or "No bootable device"`
		switch {
		case b.Code.Owner == bootsect.None:
			f.Summary = fmt.Sprintf("The MBR of %s holds no boot code.", b.Disk.Path)
		case b.CodeMissing():
			f.Confidence = Low
			f.Summary = fmt.Sprintf("The boot code in the MBR of %s is cut off or changed.", b.Disk.Path)
			f.Advice = "If no boot manager was put there on purpose, repair it with --only mbr-code-missing. "
		case b.Code.Owner == bootsect.Unknown:
			return unknownMBRCode(p, b)
		case coreMissing(b):
			f.Confidence, f.Symptom = Low, `"GRUB" or "grub rescue>"`
			f.Summary = fmt.Sprintf("The MBR of %s holds the first sector of GRUB; the rest of it is gone.", b.Disk.Path)
			f.Advice = "If there is no Linux any more, let Windows start without GRUB: repair with --only mbr-code-missing. "
		default:
			return f, false
		}
		f.Evidence = append(f.Evidence, at(b.Disk, 0, "boot code", b.Code.String()))
		patches, err := newMBRCode(b)
		f.fixableBy(patches, err, withWindows)
		return f, true
	})
}

// unknownMBRCode is for a person: whether the code starts anything cannot be told.
func unknownMBRCode(p *inspect.Patient, b *bootchain.BIOSDisk) (Finding, bool) {
	if bootchain.StartedElsewhere(p, b.Disk) != "" {
		return Finding{}, false
	}
	f := ofDisk(b.Disk)
	f.Result, f.Severity, f.Confidence = Unknown, Warning, Low
	f.Summary = fmt.Sprintf("The boot code in the MBR of %s is of nobody known: whether it starts Windows cannot be told.", b.Disk.Path)
	f.Symptom = `A black screen with a cursor, or "No bootable device"; nothing where it is a boot manager`
	f.Advice = "If a boot manager was put there on purpose, leave it. If the screen stays black before Windows, give the MBR new code: bootmend part mbr --replace-foreign DISK."
	f.Evidence = append(f.Evidence, at(b.Disk, 0, "boot code", b.Code.String()))
	return f, true
}

// coreMissing reports whether the MBR holds GRUB 2 and the sector that it reads
// next is empty. Source: boot.S of GRUB, the LBA at 5C.
func coreMissing(b *bootchain.BIOSDisk) bool {
	if b.Code.Name != "GRUB 2" {
		return false
	}
	ss := int64(b.Disk.Dev.SectorSize())
	lba := binary.LittleEndian.Uint64(b.Sector[0x5C:])
	if lba >= uint64(b.Disk.Dev.Size()/ss) {
		return true
	}
	core := make([]byte, ss)
	n, err := b.Disk.Dev.ReadAt(core, int64(lba)*ss)
	return err == nil && n == len(core) && len(bytes.Trim(core, "\x00")) == 0
}

func newMBRCode(b *bootchain.BIOSDisk) ([]part.Patch, error) {
	return bootsect.ReplaceMBRCode(b.Sector, mbrcode.Code(), bootsect.Consent{Foreign: coreMissing(b)})
}

func fixMBRCodeMissing(_ *inspect.Patient, f Finding) ([]step.Step, error) {
	b, err := startOf(f.Disk)
	if err != nil {
		return nil, err
	}
	patches, err := newMBRCode(b)
	return patchDisk(f.Disk, "the MBR starts the active partition", patches, err)
}
