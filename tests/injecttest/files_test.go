package injecttest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inject"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestFileInPlace: a driver of that name is there already.
func TestFileInPlace(t *testing.T) {
	dir := collection(t)
	const there = `\WINDOWS\system32\drivers\viostor.sys`
	for _, tt := range []struct {
		name, content string
		written       bool
		kind          inject.Kind
	}{
		{"the same", "virtio/viostor/xp/x86/viostor.sys", false, ""},
		{"newer of the same vendor", "virtio/viostor/w7/x86/viostor.sys", false, ""},
		{"of another vendor", "vmware/VMware/NTx86/vmscsi.sys", false, inject.FileConflict},
		{"for another processor", "virtio/viostor/xp/amd64/viostor.sys", true, ""},
		{"no program", "virtio/viostor/xp/x86/viostor.inf", true, ""},
		{"empty", "", true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b []byte
			if tt.content != "" {
				var err error
				if b, err = os.ReadFile(filepath.Join(dir, filepath.FromSlash(tt.content))); err != nil {
					t.Fatal(err)
				}
			}
			g := guests.MustLoad(t, "winxp-x86").With(1, guests.Entry{Kind: guests.File, Path: there, Data: b})
			m := machineOf(pci(t, "1af4:1001:010000:00021af4:00"))
			_, w := open(t, g.Build(t), m)
			ids := bootchain.CatalogDevice(m.Controllers[0]).IDs()
			best, _ := source.Best(source.Packages(from(t, "virtio/viostor/xp/x86", nil), source.Options{}).Packages, ids, inject.Target(w))
			drivers, err := inject.FromMatch(best[0], ids)
			if err != nil {
				t.Fatal(err)
			}
			steps, err := inject.Steps(w, drivers...)
			var r *inject.Refusal
			if tt.kind != "" {
				if !errors.As(err, &r) || r.Kind != tt.kind || !strings.Contains(r.Sentence, "VMware") {
					t.Errorf("%v; want %s", err, tt.kind)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			written := false
			for _, s := range steps {
				f, ok := s.(step.WriteFile)
				if ok && strings.EqualFold(f.Path, there) {
					written = true
					if f.Old == nil {
						t.Error("the step does not say what it replaces")
					}
				}
			}
			if written != tt.written {
				t.Errorf("written: %v; want %v", written, tt.written)
			}
		})
	}
}

// TestSHA2: a driver that is signed with SHA-2 only is certain where the update
// is installed, and a doubt where it cannot be told.
func TestSHA2(t *testing.T) {
	collection(t)
	m := machineOf(pci(t, "1af4:1001:010000:00021af4:00"))
	ids := bootchain.CatalogDevice(m.Controllers[0]).IDs()
	_, ten := open(t, guests.MustLoad(t, "win10-x64").Build(t), m)
	best, _ := source.Best(source.Packages(from(t, "virtio/viostor/w10/amd64", nil), source.Options{}).Packages, ids, inject.Target(ten))
	drivers, err := inject.FromMatch(best[0], ids)
	if err != nil {
		t.Fatal(err)
	}
	const key = `[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages\Package_for_`
	for name, tt := range map[string]struct {
		reg    string
		doubts int
	}{
		"no update":     {"", 1},
		"installed":     {key + "KB3033929~31bf3856ad364e35~amd64~~6.1.1.1]\n\"CurrentState\"=dword:00000070\n", 0},
		"not installed": {key + "KB3033929~31bf3856ad364e35~amd64~~6.1.1.1]\n\"CurrentState\"=dword:00000040\n", 1},
		"another":       {key + "KB2999226~31bf3856ad364e35~amd64~~6.1.1.7]\n\"CurrentState\"=dword:00000070\n", 1},
		"a later one":   {key + "KB4474419~31bf3856ad364e35~amd64~~6.1.3.2]\n\"CurrentState\"=dword:00000070\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			g := guests.MustLoad(t, "win7-x64")
			if tt.reg != "" {
				g = g.WithReg(`\Windows\System32\config\SOFTWARE`, tt.reg)
			}
			_, w := open(t, g.Build(t), m)
			doubts, err := inject.Doubts(w, &drivers[0])
			if err != nil || len(doubts) != tt.doubts {
				t.Errorf("%q, %v; want %d", doubts, err, tt.doubts)
			}
		})
	}
	if doubts, err := inject.Doubts(ten, &drivers[0]); len(doubts) > 0 || err != nil {
		t.Errorf("Windows 10: %q, %v", doubts, err)
	}
}
