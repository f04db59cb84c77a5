package injecttest

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/condition"
	"github.com/bootmend/bootmend/initramfs/inject"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/realdata"
)

// realHive is a real SYSTEM hive and the guest that it is put into.
type realHive struct {
	guest, hive string
	logs        []string
	folder      string // of the collection, for the Windows of the hive
	controller  string
	sets        int  // control sets of the hive
	finish      bool // hivexregedit makes it a hive that was written completely
}

// The package for 8.1 of this virtio-win is signed for test mode only; that for 7
// is said to serve (virtio-win-pkg-scripts, issue 116).
func realHives() []realHive {
	return []realHive{
		{"winxp-vmware", "hives/xp-sp3-x86-vmware.SYSTEM.xz", nil, "virtio/viostor/xp/x86", "1af4:1001:010000:00021af4:00", 2, false},
		{"win7-x86", "hives/win7-sp1-x86-vmware.SYSTEM.xz", nil, "virtio/viostor/w7/x86", "1af4:1001:010000:00021af4:00", 2, false},
		{"win81-x64", "hives/win81-x64-dirty-nolog.SYSTEM.xz", nil, "virtio/vioscsi/w7/amd64", "1af4:1004:010000:00081af4:00", 1, true},
		{"win10-x64", "hives/win10-1709-x64-dirty.SYSTEM.xz", []string{"hives/win10-1709-x64-dirty.SYSTEM.LOG1.xz", "hives/win10-1709-x64-dirty.SYSTEM.LOG2.xz"},
			"virtio/viostor/w10/amd64", "1af4:1042:010000:11001af4:01", 1, false},
		{"win10-x64", "hives/win10-1709-x64-dirty.SYSTEM.xz", nil, "virtio/vioscsi/w10/amd64", "1af4:1048:010000:11001af4:01", 1, true},
	}
}

// TestRealHives puts virtio into real hives. hivexregedit must see what was
// meant, in every control set, and nothing else; the volume is sound; the next
// look finds nothing to do.
func TestRealHives(t *testing.T) {
	for _, r := range realHives() {
		t.Run(r.guest+" "+r.folder, func(t *testing.T) {
			t.Parallel()
			if len(r.logs) > 0 && os.Getenv("BOOTMEND_CAMPAIGN") == "" {
				t.Skip("SKIP-CAMPAIGN: only with BOOTMEND_CAMPAIGN=1")
			}
			collection(t)
			hive := realdata.File(t, r.hive)
			if r.finish {
				if err := guests.MergeReg(hive, "HKX", "[HKX\\Select]\n\"LastKnownGood\"=dword:00000001\n"); err != nil {
					t.Fatal(err)
				}
			}
			var logs []string
			for _, l := range r.logs {
				logs = append(logs, realdata.File(t, l))
			}
			g, err := guests.Around(r.guest, hive, logs...)
			if err != nil {
				t.Fatal(err)
			}
			image := g.Build(t)
			m := machineOf(pci(t, r.controller))
			p, w := open(t, image, m)
			if len(w.ControlSets) != r.sets {
				t.Fatalf("%d control sets, want %d", len(w.ControlSets), r.sets)
			}
			p.Media = []source.Tree{from(t, r.folder, nil)}
			offer, err := inject.For(p, w, m.Controllers[0])
			if err != nil {
				t.Fatal(err)
			}
			steps, err := inject.Steps(w, offer.Drivers...)
			if err != nil {
				t.Fatal(err)
			}
			want := meant(w, steps)
			before := export(t, g, image)
			commit(t, p, steps)
			after := export(t, g, image)
			gone, added := oracle.RegChanges(before, after)
			// The engine also does what Windows does with logs that were not
			// applied: hivexregedit does not know of them.
			if len(r.logs) == 0 && len(gone) > 0 {
				t.Errorf("gone: %q", gone)
			}
			if missing := without(want, after); len(missing) > 0 {
				t.Errorf("hivexregedit does not see %d of %d:\n%s", len(missing), len(want), strings.Join(missing, "\n"))
			}
			if len(r.logs) == 0 {
				if more := without(added, append(want, keysOf(want)...)); len(more) > 0 {
					t.Errorf("not meant:\n%s", strings.Join(more, "\n"))
				}
			}
			sound(t, g, image)

			p, w = open(t, image, m)
			if by, err := inject.Starts(w, m.Controllers[0]); err != nil || by == "" {
				t.Errorf("Starts: %q, %v", by, err)
			}
			again, err := inject.Steps(w, offer.Drivers...)
			if err != nil || len(again) > 0 {
				t.Errorf("again: %d steps, %v", len(again), err)
			}
			findings, err := condition.Detect(t.Context(), p)
			if err != nil || slices.ContainsFunc(findings, func(f condition.Finding) bool { return f.Severity == condition.Fatal && f.ID != "boot-chain-broken" }) {
				t.Errorf("%+v, %v", findings, err)
			}
			t.Logf("%d steps, %d lines of the export added", len(steps), len(added))
		})
	}
}
