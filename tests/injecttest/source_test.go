package injecttest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/inject"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/tests/guests"
)

// TestDonor: the driver file is gone everywhere on the patient; a second disk has a
// Windows of the same version, and a third one of another.
func TestDonor(t *testing.T) {
	const driver = `\Windows\System32\drivers\msahci.sys`
	patient := guests.MustLoad(t, "win7-x64").Without(driver)
	var sources []inspect.Source
	for _, g := range []*guests.Guest{patient, guests.MustLoad(t, "win81-x64"), guests.MustLoad(t, "win7-x86"), guests.MustLoad(t, "win7-x64")} {
		image := filepath.Join(t.TempDir(), g.Name+".img")
		if err := g.Write(image); err != nil {
			t.Fatal(err)
		}
		dev, err := block.OpenReadOnly(image)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { dev.Close() })
		sources = append(sources, inspect.Source{Path: image, Dev: dev})
	}
	m := profile(t, "qemu-q35")
	for _, tt := range []struct {
		name  string
		disks []inspect.Source
		found bool
	}{{"alone", sources[:1], false}, {"others", sources[:3], false}, {"donor", sources, true}} {
		p, err := inspect.Inspect(t.Context(), m, tt.disks)
		if err != nil {
			t.Fatal(err)
		}
		w := p.Windows[0]
		offer, err := inject.For(p, w, m.Controllers[0])
		if need, ok := inject.IsNeed(err); ok != !tt.found || ok && !strings.Contains(need.Provide(), "same service pack") {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if !tt.found {
			continue
		}
		if !strings.Contains(strings.ToLower(offer.From), strings.ToLower(driver)) || !strings.Contains(offer.From, "win7-x64.img") || len(offer.Doubts) > 0 {
			t.Errorf("from %s, doubts %q", offer.From, offer.Doubts)
		}
		steps, err := inject.Steps(w, offer.Drivers...)
		if err != nil {
			t.Fatal(err)
		}
		written := false
		for _, s := range steps {
			if f, ok := s.(step.WriteFile); ok && strings.EqualFold(f.Path, driver) {
				written = f.Volume == w.Volume
			}
		}
		if !written {
			t.Error("the file is not put into the patient")
		}
	}
}

// TestStagedPackage: somebody put the package into the driver store before the
// move; nothing has been installed from it.
func TestStagedPackage(t *testing.T) {
	dir := filepath.Join(collection(t), "virtio", "viostor", "w7", "amd64")
	g := guests.MustLoad(t, "win7-x64")
	n, _ := g.SystemHive()
	const folder = `\Windows\System32\DriverStore\FileRepository\viostor.inf_amd64_neutral_0123456789abcdef\`
	for _, name := range []string{"viostor.inf", "viostor.sys", "viostor.cat"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		g = g.With(n, guests.Entry{Kind: guests.File, Path: folder + name, Data: b})
	}
	image := g.Build(t)
	m := machineOf(pci(t, "1af4:1001:010000:00021af4:00"))
	p, w := open(t, image, m)
	offer, err := inject.For(p, w, m.Controllers[0])
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(offer.From, "FileRepository") || len(offer.Doubts) > 0 {
		t.Errorf("from %s, doubts %q", offer.From, offer.Doubts)
	}
	steps, err := inject.Steps(w, offer.Drivers...)
	if err != nil {
		t.Fatal(err)
	}
	commit(t, p, steps)
	sound(t, g, image)
	_, w = open(t, image, m)
	if by, err := inject.Starts(w, m.Controllers[0]); by != "viostor" || err != nil {
		t.Errorf("starts by %q, %v", by, err)
	}
}

// TestPortDriver: the driver is there, bound and started, and the port driver that it
// imports is gone. A copy lies in the component store.
func TestPortDriver(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(collection(t), "virtio", "viostor", "w7", "amd64", "viostor.sys"))
	if err != nil {
		t.Fatal(err)
	}
	const port = `\Windows\System32\drivers\storport.sys`
	const store = `\Windows\WinSxS\amd64_microsoft-windows-storport_31bf3856ad364e35_6.1.7601.17514_none_0123456789abcdef\storport.sys`
	g := guests.MustLoad(t, "win7-x64")
	n, e := g.Find(0, port)
	arch, version := e.Arg, e.Version
	_, e = g.SystemHive()
	reg := `[$\Control\CriticalDeviceDatabase\PCI#VEN_1AF4&DEV_1001]
"Service"="viostor"
"ClassGUID"="{4D36E97B-E325-11CE-BFC1-08002BE10318}"

[$\Services\viostor]
"Type"=dword:00000001
"Start"=dword:00000000
"ErrorControl"=dword:00000001
"Group"="SCSI miniport"
"ImagePath"=str(2):"system32\\drivers\\viostor.sys"
`
	g = g.WithReg(e.Path, strings.ReplaceAll(reg, "$", e.Prefix+`\ControlSet00{1,2}`)).
		With(n, guests.Entry{Kind: guests.File, Path: `\Windows\System32\drivers\viostor.sys`, Data: b})
	m := machineOf(pci(t, "1af4:1001:010000:00021af4:00"))
	_, w := open(t, g.Build(t), m)
	if by, err := inject.Starts(w, m.Controllers[0]); by != "viostor" || err != nil {
		t.Fatalf("with its port driver it starts by %q, %v", by, err)
	}

	image := g.Without(port).Build(t)
	p, w := open(t, image, m)
	_, err = inject.For(p, w, m.Controllers[0])
	if need, ok := inject.IsNeed(err); !ok || !strings.Contains(need.Provide(), "storport.sys") {
		t.Errorf("without a copy: %v; want advice that names storport.sys", err)
	}

	g = g.Without(port).With(n, guests.Entry{Kind: guests.PE, Path: store, Arg: arch, Version: version})
	image = g.Build(t)
	p, w = open(t, image, m)
	if by, err := inject.Starts(w, m.Controllers[0]); by != "" || err != nil {
		t.Errorf("without its port driver it starts by %q, %v", by, err)
	}
	offer, err := inject.For(p, w, m.Controllers[0])
	if err != nil {
		t.Fatal(err)
	}
	if len(offer.Doubts) > 0 {
		t.Errorf("doubts %q", offer.Doubts)
	}
	steps, err := inject.Steps(w, offer.Drivers...)
	if err != nil {
		t.Fatal(err)
	}
	commit(t, p, steps)
	sound(t, g, image)
	_, w = open(t, image, m)
	if by, err := inject.Starts(w, m.Controllers[0]); by != "viostor" || err != nil {
		t.Errorf("repaired, it starts by %q, %v", by, err)
	}
}
