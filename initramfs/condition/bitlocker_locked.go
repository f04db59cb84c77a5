package condition

import (
	"context"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/block/bitlocker"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// The volume is encrypted with BitLocker.
//
// Seen as: a Windows that cannot be found. Windows Vista and later.
// Evidence: the signature "-FVE-FS-" in the boot sector (libbde documentation), and what
// the metadata tells: method, and the protectors with their IDs.
// Fix: none without the key. On a disk with such a volume nothing else is
// changed either: Windows would ask for the recovery key.
var bitlockerLocked = Condition{
	ID:     "bitlocker-locked",
	Title:  "The volume is encrypted with BitLocker",
	Detect: detectBitlockerLocked,
}

func detectBitlockerLocked(_ context.Context, p *inspect.Patient) []Finding {
	var all []Finding
	for _, v := range p.Volumes() {
		if v.Kind != fs.BitLocker {
			continue
		}
		f := Finding{
			Result: Present, Severity: Blocker, Confidence: High, Volume: v,
			Summary:  fmt.Sprintf("%s is encrypted with BitLocker; what is on it cannot be seen.", v.ID()),
			Advice:   "Unlock it with the 48-digit recovery key: --bitlocker-key 123456-...; or decrypt it in a Windows that starts.",
			Evidence: []inspect.Evidence{{Volume: v.ID(), Offset: 3, Actual: "signature of BitLocker"}},
		}
		describeLock(&f, v)
		all = append(all, f)
	}
	return all
}

// describeLock says which key is wanted.
func describeLock(f *Finding, v *inspect.Volume) {
	if v.BitLocker == nil {
		f.Evidence = append(f.Evidence, inspect.Evidence{Volume: v.ID(), Offset: -1, Actual: fmt.Sprint(v.BitLockerErr)})
		f.Advice = "Its metadata cannot be used here. Decrypt the volume in a Windows that starts, or with repair-bde and its key."
		return
	}
	var passwords, files []string
	for _, p := range v.BitLocker.Protectors {
		f.Evidence = append(f.Evidence, inspect.Evidence{Volume: v.ID(), Offset: -1, Actual: fmt.Sprintf("%s, ID %s", p.Kind, strings.ToUpper(p.ID.String()))})
		switch p.Kind {
		case bitlocker.RecoveryPassword:
			passwords = append(passwords, p.ShortID())
		case bitlocker.StartupKey:
			files = append(files, strings.ToUpper(p.ID.Bare())+".BEK")
		}
	}
	describeDoubts(f, v)
	f.Summary = fmt.Sprintf("%s is encrypted with BitLocker (%s, %s); what is on it cannot be seen.", v.ID(), v.BitLocker.Description, v.BitLocker.Method)
	switch {
	case len(passwords) > 0:
		f.Summary += fmt.Sprintf(" Recovery key ID: %s.", strings.Join(passwords, ", "))
		f.Advice = "Unlock it with the recovery key of that ID, 48 digits: --bitlocker-key 123456-.... Windows keeps it in the Microsoft account (aka.ms/myrecoverykey), in the organisation's directory, or on paper; or decrypt the volume in a Windows that starts."
	case len(files) > 0:
		f.Advice = fmt.Sprintf("Unlock it with the key file %s: --bitlocker-key PATH.", strings.Join(files, " or "))
	default:
		f.Advice = "It has no recovery key and no key file; decrypt it in a Windows that starts on the machine that it is from."
	}
}

// describeDoubts says which copies of the metadata differ or are damaged: Windows
// repairs them from the others.
func describeDoubts(f *Finding, v *inspect.Volume) {
	for _, doubt := range v.BitLocker.Doubts {
		f.Evidence = append(f.Evidence, inspect.Evidence{Volume: v.ID(), Offset: -1, Expected: "three copies of the metadata that are alike", Actual: doubt})
	}
}
