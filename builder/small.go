package builder

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/pid1"
	"github.com/bootmend/bootmend/initramfs/pid1/deliver"
)

// checkSmall refuses kernel arguments that a medium with the lean program would not
// follow: it has no network; and old, the floppy for NT 4 to 2003, no BitLocker, and not
// all conditions, for one of which it would only look.
func checkSmall(arguments string, old bool) error {
	c := pid1.ParseCmdline(arguments)
	const noNetwork = "this small medium has no network"
	labelled := "a stick or floppy called BOOTMEND"
	if old { // its kernel knows no USB
		labelled = "this floppy, where there is room, or another one called BOOTMEND"
	}
	switch {
	case c.DHCP:
		return fmt.Errorf("bootmend.net: %s: leave it out, or build the ISO (mkrescue iso)", noNetwork)
	case len(c.SSH) > 0:
		return fmt.Errorf("bootmend.ssh: %s: leave it out, or build the ISO (mkrescue iso)", noNetwork)
	case deliver.IsURL(c.Answers):
		return fmt.Errorf("bootmend.answers=%s: %s: put the file as bootmend.yaml onto %s", c.Answers, noNetwork, labelled)
	case slices.ContainsFunc(c.Reports, deliver.IsURL):
		return fmt.Errorf("bootmend.report=%s: %s: disk, serial and usb, which is %s, are places for reports here", strings.Join(c.Reports, ","), noNetwork, labelled)
	case !old:
		return nil
	case len(c.Keys) > 0:
		return fmt.Errorf("bootmend.bitlocker-key: this floppy is for Windows NT 4 to 2003 and unlocks nothing: build the ISO (mkrescue iso)")
	}
	known := onFloppy()
	for name := range strings.SplitSeq(c.Only+","+c.Except, ",") {
		if k, ok := condition.ByName(name); name != "" && (!ok || !known[k.ID]) {
			return fmt.Errorf("bootmend.only, bootmend.except: %s is no condition of this floppy, which is for Windows NT 4 to 2003 (mkrescue floppy --explain): leave it out, or build the ISO (mkrescue iso)", name)
		}
	}
	return nil
}

// isLean says whether the initramfs is one of the lean program's, for a kernel of ours,
// which unpacks xz only: what is put behind it as Zstandard would be lost without a word.
func isLean(initrd []byte) bool { return bytes.HasPrefix(initrd, []byte("\xfd7zXZ\x00")) }
