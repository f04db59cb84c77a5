package condition

import (
	"context"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/part"
)

// An entry of the GPT that is not in use stands before one that is.
//
// Seen as: mostly nothing: the specification allows it, and every deleted
// partition leaves one. A few report STOP 0x0000007B or 0xc000000e after such a
// change (itpro-docs issue 9145). Windows 10 and later.
// Fix: none. Moving entries up changes the numbers of partitions, by which boot
// entries of the firmware know them.
var gptSlotGap = Condition{
	ID:     "gpt-slot-gap",
	Title:  "The GPT has an empty entry before others",
	Detect: detectGPTSlotGap,
}

func detectGPTSlotGap(_ context.Context, p *inspect.Patient) []Finding {
	return eachGPT(p, func(d *inspect.Disk, e *part.GPTEditor) (Finding, bool) {
		gap := e.Gap()
		if gap == 0 || !isGPT(d) {
			return Finding{}, false
		}
		f := ofDisk(d)
		f.Severity, f.Confidence = Info, Low
		f.Symptom = "Mostly none; seldom STOP 0x0000007B or 0xc000000e"
		f.Summary = fmt.Sprintf("Entry %d in the GPT of %s is empty although later ones are in use.", gap, d.Path)
		f.Advice = "This is allowed and mostly harmless. If nothing else explains why Windows does not start, sgdisk --sort closes the gap; boot entries of the firmware may have to be made anew after that."
		f.Evidence = append(f.Evidence, at(d, -1, "entries without gaps", fmt.Sprintf("entry %d is not in use", gap)))
		return f, true
	})
}
