package condition

import (
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// ofOtherDisks leaves to a person what is wrong with a Windows that the machine
// does not start: the one on an old disk that was built in for its data may be
// as it is on purpose. What is wrong with the disk itself and its file systems
// stays, and so does what keeps us from writing.
func ofOtherDisks(p *inspect.Patient, all []Finding) []Finding {
	aside := bootchain.NotStarted(p)
	for i := range all {
		f := &all[i]
		why := aside[f.onDisk()]
		if why == "" || f.Result != Present || f.Severity == Blocker || f.Severity == Info && f.Confidence == Low || f.Windows == nil && !ofStart(f.ID) {
			continue
		}
		f.Severity, f.Confidence = Info, Low
		f.Advice = strings.TrimSpace(fmt.Sprintf("This Windows is not what the machine starts: %s. If it is to start: bootmend repair --only with the ID of this finding. %s", why, f.Advice))
	}
	return all
}

// onDisk is the disk that a finding concerns, nil for the machine.
func (f Finding) onDisk() *inspect.Disk {
	if v := f.OnVolume(); v != nil {
		return v.Disk
	}
	return f.Disk
}

// ofStart are the conditions of disks and volumes that ask whether a Windows is
// started from there.
func ofStart(id string) bool {
	for _, of := range []string{"bootini-", "ntldr-", "bootmgr-", "bcd-"} {
		if strings.HasPrefix(id, of) {
			return true
		}
	}
	return aboutLoader(id) || id == diskSignatureChanged.ID || id == partitionHidden.ID
}
