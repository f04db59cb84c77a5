package condition

import (
	"context"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// boot.ini reaches the disk by scsi() or signature(), which need the driver
// ntbootdd.sys, and that cannot work here: the driver is not there, the disk
// hangs on a controller that no SCSI driver serves, or no disk has the signature.
//
// Seen as: "Windows could not start because of a computer disk hardware
// configuration problem. Could not read from the selected boot disk. Check boot
// path and disk hardware." NT 4 to Server 2003 (signature(): 2000 and later,
// KB 227704).
// Cause: the Windows was set up on a SCSI disk or behind a BIOS without INT 13
// extensions and moved; or the disk got another signature.
// Evidence: the path, the signature in the MBR, the file, the controller.
// Fix: the path becomes multi(0)disk(0)rdisk(N)partition(M) of the same Windows,
// which the BIOS of every machine and virtual machine of today reaches. The
// folder, title and switches stay; default= follows.
// Not by itself: where no disk has the signature, and the Windows in a folder of
// that name does not say (Control\SystemBootDevice) that it was started by it: it
// may be meant for a disk that is not attached.
// Not fixed: entries whose Windows is not certain.
var bootiniSCSISignature = Condition{
	ID:     "bootini-scsi-signature",
	Title:  "The boot menu of NTLDR needs a SCSI driver that does not work here",
	Detect: detectBootiniSCSISignature,
	Fix:    fixBootiniSCSISignature,
}

func fixBootiniSCSISignature(p *inspect.Patient, f Finding) ([]step.Step, error) {
	l, err := loaderOn(p, f.Volume)
	if err != nil {
		return nil, err
	}
	scsi, _ := l.NeedsSCSI()
	return fixMenu(p, f, slices.DeleteFunc(scsi, func(c bootchain.Correction) bool { return c.Doubt == "" })...)
}

func detectBootiniSCSISignature(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, l := range bootchain.NTLoaders(p) {
		wrong, unsure := l.NeedsSCSI()
		f, found := menuFinding(l, wrong, unsure)
		if !found {
			continue
		}
		f.Symptom = `"Windows could not start because of a computer disk hardware configuration problem. Could not read from the selected boot disk. Check boot path and disk hardware."`
		f.Summary = fmt.Sprintf("%s on %s reaches its disk in a way that does not work here: %s.", l.Menu.Path, l.System.ID(), firstReason(wrong, unsure))
		all = append(all, f)
	}
	return all
}
