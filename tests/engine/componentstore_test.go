package engine

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/oracle"
)

// TestVersionInUse: of the versions that the component store has, the one that was in
// system32 comes back, byte for byte, as ntfscat and others read it.
func TestVersionInUse(t *testing.T) {
	for name, file := range map[string]string{
		"system-file-missing/vista-kernel": "ntoskrnl.exe", "system-file-missing/vista-hal-32": "hal.dll", "system-file-missing/vista-winner": "ntdll.dll",
		"system-file-missing/vista-enabled": "ntdll.dll", "system-file-missing/vista-not-serviced": "pshed.dll", "system-file-missing/vista-not-serviced-sibling": "bootvid.dll",
		"system-file-missing/vista-sibling": "bootvid.dll", "system-file-missing/vista-update-revision": "kdcom.dll",
		"system-file-missing/vista-compact-os": "ntoskrnl.exe", "system-file-missing/vista-driver-store": `drivers\clfs.sys`,
		"system-file-missing/vista-kernel-wrong-machine": "ntoskrnl.exe", "boot-driver-file-missing/in-use": `drivers\fvevol.sys`,
		"boot-driver-file-missing/package": `drivers\vendordsk.sys`, "boot-driver-file-missing/package-locked": `drivers\vendordsk.sys`, "boot-driver-file-missing/package-owners": `drivers\vendordsk.sys`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, ok := damage.Find(name)
			if !ok {
				t.Fatal("no such damage")
			}
			image, g := d.Build(t)
			n, _ := g.SystemHive()
			p := g.Partition(n)
			read := func(image string) ([]byte, error) {
				volume := oracle.Volume(t, image, p)
				defer os.Remove(volume)
				return oracle.NTFSFile(volume, `\Windows\System32\`+file)
			}
			sound, err := read(d.Sound(t).Build(t))
			if err != nil {
				t.Fatal(err)
			}
			if damaged, err := read(image); err == nil && bytes.Equal(damaged, sound) {
				t.Fatal("the file is not damaged")
			}
			want(t, command.ExitOK, "repair", "--yes", "--machine", g.Healthy[0].Machine, image)
			if got, err := read(image); err != nil || !bytes.Equal(got, sound) {
				t.Errorf("%d bytes, %v; want the %d bytes that were there", len(got), err, len(sound))
			}
		})
	}
}

// TestOnlyVersionOnRequest: that the store has one version only is no proof that it is in
// use: it is not put in place unasked.
func TestOnlyVersionOnRequest(t *testing.T) {
	d, ok := damage.Find("system-file-missing/vista-only-version")
	if !ok {
		t.Fatal("no such damage")
	}
	image, g := d.Build(t)
	found := want(t, command.ExitRepairable, "scan", "--machine", g.Healthy[0].Machine, image).find(d.Finding)
	if len(found) != 1 || !found[0].Fixable || found[0].Confidence != "low" || !strings.Contains(found[0].Advice, "nothing but its build says") {
		t.Errorf("%+v", found)
	}
}

// TestWhyNoneIsTaken: the person is told what the component store has and why that is not
// put in place.
func TestWhyNoneIsTaken(t *testing.T) {
	for name, says := range map[string]string{
		"system-file-missing/vista-nowhere":         "There is no copy of ntoskrnl.exe",
		"system-file-missing/vista-two-versions":    "nothing tells which version is in use",
		"system-file-missing/vista-both-damaged":    "has no sound copy of version 10.0.16299.15, which is in use",
		"system-file-missing/vista-difference":      "it is stored as a difference to another version (PA30), bootmend cannot unpack it",
		"system-file-missing/vista-other-machine":   "it is for",
		"system-file-missing/vista-update-waits":    "an update waits to be completed",
		"system-file-missing/vista-other-build":     "the store has no version of this Windows, the newest is 10.0.15063.15",
		"system-file-missing/vista-sibling-against": "and files in system32 are not of it",
		"system-file-missing/vista-winner-too-new":  "is not of this Windows",
		"system-file-missing/vista-two-components":  "which of them it is of cannot be told",
		"system-file-missing/vista-enabled-too-new": "is not of this Windows, 10.0.22631", "system-file-missing/vista-enabled-elsewhere": "is not of this Windows, 10.0.22632",
		"system-file-missing/vista-earlier-pack": "the store has no version of this Windows, the newest is 6.1.7600.16385", "system-file-missing/vista-pack-replaced": "is not of this Windows",
		"system-file-missing/vista-pack-beside": "is not of this Windows",
		"system-file-missing/vista-oem-package": "it is of another maker's package",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, ok := damage.Find(name)
			if !ok {
				t.Fatal("no such damage")
			}
			image, g := d.Build(t)
			doc := want(t, command.ExitPerson, "scan", "--machine", g.Healthy[0].Machine, image)
			found := doc.find(d.Finding)
			if len(found) != 1 || found[0].Fixable || !strings.Contains(found[0].Advice, says) || !strings.Contains(found[0].Advice, "sfc /scannow /offbootdir") {
				t.Errorf("want %q in:\n%+v", says, found)
			}
		})
	}
}
