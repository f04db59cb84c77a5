package inftest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/inf"
)

// golden is what a person found by reading an INF: the description of a device
// and what installing it does. want "" means that the package is not for this
// Windows.
type golden struct {
	file    string
	windows []string // "major.minor arch"
	id      string
	device  string
	want    string
}

func target(t *testing.T, s string) inf.Target {
	t.Helper()
	w := inf.Target{Product: inf.Workstation}
	if _, err := fmt.Sscanf(s, "%d.%d %s", &w.Major, &w.Minor, &w.Arch); err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return w
}

func testGolden(t *testing.T, files map[string][]byte) {
	n, used := 0, map[string]bool{}
	for _, g := range slices.Concat(goldenVirtual, goldenPhysical) {
		b, ok := files[g.file]
		if !ok {
			t.Errorf("%s: not in the collection", g.file)
			continue
		}
		used[g.file] = true
		f := parse(t, b)
		for _, w := range g.windows {
			n++
			models, err := f.Models(target(t, w))
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(models, func(m inf.Model) bool { return slices.Contains(m.IDs(), g.id) })
			if i < 0 || g.want == "" {
				if i >= 0 || g.want != "" {
					t.Errorf("%s: Windows %s: device %s is number %d of %d", g.file, w, g.id, i, len(models))
				}
				continue
			}
			do, err := f.Install(models[i], target(t, w))
			if err != nil {
				t.Errorf("%s: %v", g.file, err)
				continue
			}
			if models[i].Description != g.device {
				t.Errorf("%s: %q, want %q", g.file, models[i].Description, g.device)
			}
			got, want := strings.Split(describe(do), "\n"), strings.Split(strings.TrimPrefix(g.want, "\n"), "\n")
			for i := range max(len(got), len(want)) {
				if i >= len(got) || i >= len(want) || got[i] != want[i] {
					t.Errorf("%s: Windows %s: line %d:\n%q, want\n%q", g.file, w, i+1, got[min(i, len(got)):], want[min(i, len(want)):])
					break
				}
			}
		}
	}
	t.Logf("%d packages, %d cases", len(used), n)
	if len(used) < 12 {
		t.Errorf("%d packages", len(used))
	}
}

// testCriticalDevices: an INF that fills the CriticalDeviceDatabase by itself, on
// the Windows that it is for.
func testCriticalDevices(t *testing.T, files map[string][]byte) {
	b, ok := files["dp/LSI/FORCED/5x86/MegaSAS_5.1.102.32/megasas.inf"]
	if !ok {
		t.Fatal("not in the collection")
	}
	f := parse(t, b)
	models, err := f.Models(target(t, "5.1 x86"))
	if err != nil {
		t.Fatal(err)
	}
	do, err := f.Install(models[0], target(t, "5.1 x86"))
	if err != nil {
		t.Fatal(err)
	}
	text := describe(do)
	for _, want := range []string{
		"[megasas_Inst] 04/26/2011 5.1.102.32 catalog megasas.cat\ncopy megasas.sys to %12%\\megasas.sys, flags 0\n",
		"service HKLM|System\\CurrentControlSet\\Services\\Disk|TimeOutValue = dword 0x3c\n",
		"service HKLM|SYSTEM\\CurrentControlSet\\Control\\CriticalDeviceDataBase\\pci#ven_1000&dev_0411&subsys_10011000|ClassGUID = sz {4D36E97B-E325-11CE-BFC1-08002BE10318}\n",
		"service HKLM|SYSTEM\\CurrentControlSet\\Control\\CriticalDeviceDataBase\\pci#ven_1000&dev_0411&subsys_10011000|Service = sz megasas\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	// Counted in the file.
	if n := strings.Count(text, "CriticalDeviceDataBase"); n != 328 {
		t.Errorf("%d entries, want 328", n)
	}
}
