package engine

import (
	"math/rand/v2"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestMBRCodeOfNobodyKnown: whether such code starts Windows is said to be unknown,
// and it stays; a fault beside it is mended. Of a GPT disk it does not matter.
func TestMBRCodeOfNobodyKnown(t *testing.T) {
	t.Parallel()
	const seed = 6
	random := make([]byte, 440)
	r := rand.New(rand.NewPCG(seed, seed))
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	t.Logf("seed %d", seed)
	manager := []byte("\x90\x90\xB4\x01someone's boot manager")
	menu := guests.Entry{Kind: guests.File, Path: `\boot.ini`, Data: []byte("[boot loader]\r\n[operating systems]\r\nmulti(0)disk(0)rdisk(0)partition(7)\\WINDOWS=\"XP\"\r\n")}
	xp := guests.MustLoad(t, "winxp-two-parts")
	for _, tt := range []struct {
		name string
		g    *guests.Guest
		code []byte
		told bool // else the disk is healthy
		more int  // findings that are mended
	}{
		{"random, XP", xp, random, true, 0},
		{"random, 8.1", guests.MustLoad(t, "win81-x64"), random, true, 0},
		{"a boot manager, 8.1", guests.MustLoad(t, "win81-x64"), manager, true, 0},
		{"a wrong menu beside it", xp.With(1, menu), manager, true, 1},
		{"random, on GPT", guests.MustLoad(t, "win10-x64"), random, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			image, machine := tt.g.Build(t), tt.g.Healthy[0].Machine
			patch(t, image, 0, tt.code)
			if !tt.told {
				staysHealthy(t, image, machine)
				return
			}
			before := hash(t, image)
			d := want(t, command.ExitPerson, "repair", "--yes", "--machine", machine, image)
			found := d.find("mbr-code-missing")
			if len(found) != 1 || len(d.Findings) != 1+tt.more || found[0].Result != "unknown" || found[0].Severity != "warning" || found[0].Fixable || found[0].Advice == "" {
				t.Errorf("findings %+v", d.Findings)
			}
			if got := bytesAt(t, image, 0, len(tt.code)); string(got) != string(tt.code) {
				t.Errorf("the code was written over: % X", got)
			}
			if tt.more == 0 {
				untouched(t, image, before, "repair")
			} else if d.Result == nil || !d.Result.Committed {
				t.Errorf("result %+v; want the menu mended", d.Result)
			}
		})
	}
}
