package condition

import (
	"context"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/step"
)

// Two disks of the machine have the same identity: MBR disk signature or GPT GUID.
//
// Seen as: a disk that Windows keeps offline, a drive letter that is gone,
// 0xc000000e after Windows gave one of them another signature. Windows 2000 and
// later.
// Cause: a clone that is attached together with its original.
// Evidence: u32 at 1B8 of both MBRs, or the disk GUID in both GPTs.
// Fix, when a person asks for it: another identity for the one disk from which
// nothing starts. BCD, registry and boot.ini know the other by its own.
// Not fixed: two disks that both hold a Windows or a boot loader.
var diskSignatureCollision = Condition{
	ID:     "disk-signature-collision",
	Title:  "Two disks have the same identity",
	Detect: detectDiskSignatureCollision,
	Fix:    fixDiskSignatureCollision,
}

func detectDiskSignatureCollision(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for i, d := range p.Disks {
		for _, o := range p.Disks[:i] {
			if identityOf(d) == "" || identityOf(d) != identityOf(o) {
				continue
			}
			f := Finding{Result: Present, Severity: Warning, Confidence: Low, Disk: d, Symptom: "A disk that is offline, a drive letter that is gone, or 0xc000000e"}
			f.Summary = fmt.Sprintf("%s and %s have the same %s.", o.Path, d.Path, identityOf(d))
			f.Evidence = []inspect.Evidence{at(o, identityAt(o), "", identityOf(o)), at(d, identityAt(d), "another one", identityOf(d))}
			if startsNothing(p, o) && !startsNothing(p, d) {
				f.Disk = o
			}
			if !startsNothing(p, f.Disk) {
				f.Advice = "Windows is on both. Detach the clone before Windows starts, or give it another identity: bootmend part signature DISK HEX (its own BCD has to follow)."
				all = append(all, f)
				continue
			}
			f.Advice = fmt.Sprintf("Nothing starts from %s: bootmend repair --only disk-signature-collision gives it another one. ", f.Disk.Path)
			patches, err := newIdentity(p, f.Disk)
			f.fixableBy(patches, err, "")
			all = append(all, f)
		}
	}
	return all
}

// identityOf is what Windows knows a disk by, in words; "" for none.
func identityOf(d *inspect.Disk) string {
	switch {
	case d.Err != nil || d.Rescue:
	case d.Table.Scheme == part.MBR && d.Table.Signature != 0:
		return fmt.Sprintf("disk signature %08x", d.Table.Signature)
	case d.Table.Scheme == part.GPT && d.Table.GUID != "":
		return "disk GUID " + d.Table.GUID
	}
	return ""
}

func identityAt(d *inspect.Disk) int64 {
	if d.Table.Scheme == part.MBR {
		return 0x1B8
	}
	return int64(d.Dev.SectorSize()) + 56
}

// startsNothing reports whether the disk holds neither a Windows nor a boot loader.
func startsNothing(p *inspect.Patient, d *inspect.Disk) bool {
	if slices.ContainsFunc(p.Windows, func(w *inspect.Installation) bool { return w.Volume.Disk == d }) ||
		slices.ContainsFunc(d.Table.Partitions, part.Partition.IsESP) {
		return false
	}
	b, err := bootchain.ReadBIOSDisk(d)
	return err == nil && (b == nil || len(b.Loading()) == 0)
}

// newIdentity makes one from the old and the disk, the same each time, that no
// disk of the machine has.
func newIdentity(p *inspect.Patient, d *inspect.Disk) ([]part.Patch, error) {
	h := fnv.New128a()
	fmt.Fprint(h, identityOf(d), d.Dev.Size(), d.Path)
	sum := h.Sum(nil)
	if d.Table.Scheme == part.GPT {
		e, err := part.EditGPT(d.Dev)
		if err != nil {
			return nil, err
		}
		sum[6], sum[8] = sum[6]&0x0F|0x40, sum[8]&0x3F|0x80 // a random GUID, by RFC 4122
		text := strings.ToUpper(hex.EncodeToString(sum))
		return e.SetGUID(strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-"))
	}
	e, err := part.Edit(d.Dev)
	if err != nil {
		return nil, err
	}
	signature := uint32(sum[0])<<24 | uint32(sum[1])<<16 | uint32(sum[2])<<8 | uint32(sum[3])
	for taken(p, signature) {
		signature++
	}
	return e.SetSignature(signature)
}

func taken(p *inspect.Patient, signature uint32) bool {
	return signature == 0 || slices.ContainsFunc(p.Disks, func(d *inspect.Disk) bool { return d.Err == nil && d.Table.Signature == signature })
}

func fixDiskSignatureCollision(p *inspect.Patient, f Finding) ([]step.Step, error) {
	patches, err := newIdentity(p, f.Disk)
	return patchDisk(f.Disk, "no two disks have the same identity", patches, err)
}
