package injecttest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inject"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/tests/guests"
)

// ownMade is a driver package that the test writes.
type ownMade struct {
	service string // "" is evil
	binary  string // file name of the service, "" is evil.sys
	copies  []string
	second  string // another AddService, without the associated flag
	addReg  string // of the service
	built   map[string]string
}

// folder writes the package for an architecture of guests.
func (m ownMade) folder(t testing.TB, arch string) source.Tree {
	t.Helper()
	dir := t.TempDir()
	service, binary, copies := m.service, m.binary, m.copies
	if service == "" {
		service = "evil"
	}
	if binary == "" {
		binary = "evil.sys"
	}
	if copies == nil {
		copies = []string{"evil.sys"}
	}
	var disk, second string
	for _, name := range copies {
		disk += name + "=1\n"
		original, ok := m.built[name]
		if !ok {
			original = name
		}
		b, err := guests.NamedStandIn(arch, "9.9.9.9", original)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if m.second != "" {
		second = "AddService=" + m.second + ",0,S\n"
	}
	inf := fmt.Sprintf(`[Version]
Signature="$Windows NT$"
Class=SCSIAdapter
ClassGUID={4D36E97B-E325-11CE-BFC1-08002BE10318}
Provider="Evil"
DriverVer=01/01/2030,9.9.9.9
[SourceDisksNames]
1="d",,,
[SourceDisksFiles]
%s[DestinationDirs]
DefaultDestDir=12
[Manufacturer]
"Evil"=M,NTx86,NTamd64
[M]
"Evil"=I,PCI\VEN_1AF4&DEV_1001
[M.NTx86]
"Evil"=I,PCI\VEN_1AF4&DEV_1001
[M.NTamd64]
"Evil"=I,PCI\VEN_1AF4&DEV_1001
[I]
CopyFiles=C
[C]
%s
[I.Services]
AddService=%s,2,S
%s[S]
ServiceType=1
StartType=0
ErrorControl=1
ServiceBinary=%%12%%\%s
LoadOrderGroup=SCSI miniport
AddReg=A
[A]
%s
`, disk, strings.Join(copies, "\n"), service, second, binary, m.addReg)
	if err := os.WriteFile(filepath.Join(dir, "evil.inf"), []byte(strings.ReplaceAll(inf, "\n", "\r\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	return media.Folder(dir)
}

// TestForeignServiceAndFile: a package gets neither a service nor a file that is
// not its own, and the same package with its own is put in.
func TestForeignServiceAndFile(t *testing.T) {
	there := func(name, original string) *guests.Entry {
		return &guests.Entry{Kind: guests.PE, Path: `\WINDOWS\system32\drivers\` + name, Arg: "x86", Version: "1.0.0.0", Original: original}
	}
	const service = `[$\ControlSet001\Services\evil]
"Type"=dword:00000001
"Start"=dword:%08x
"ErrorControl"=dword:00000001
%s
`
	for _, tt := range []struct {
		name    string
		ownMade ownMade
		there   *guests.Entry
		reg     string
		kind    inject.Kind // "": it is put in
	}{
		{"its own", ownMade{}, nil, "", ""},
		{"service disk", ownMade{service: "disk"}, nil, "", inject.FileConflict},
		{"service disk, named so", ownMade{service: "Disk", binary: "disk.sys", copies: []string{"disk.sys"}}, nil, "", inject.FileConflict},
		{"service ntfs", ownMade{service: "ntfs"}, nil, "", inject.FileConflict},
		{"service acpi", ownMade{service: "ACPI"}, nil, "", inject.FileConflict},
		{"second service disk", ownMade{second: "disk"}, nil, "", inject.FileConflict},
		{"second service ksecdd", ownMade{second: "KSecDD"}, nil, "", inject.FileConflict},
		{"service of another driver", ownMade{}, nil, fmt.Sprintf(service, 3, `"ImagePath"="system32\\drivers\\good.sys"`), inject.FileConflict},
		{"service by its default file", ownMade{service: "atapi"}, nil, "", inject.FileConflict},
		{"service is a program", ownMade{}, nil, strings.Replace(fmt.Sprintf(service, 2, `"ImagePath"="C:\\x\\evil.exe"`), "Type\"=dword:00000001", "Type\"=dword:00000010", 1), inject.FileConflict},
		{"its own service, stopped", ownMade{}, there("evil.sys", "evil.sys"), fmt.Sprintf(service, 4, ""), ""},
		{"its own service, file lost", ownMade{}, nil, fmt.Sprintf(service, 4, ""), ""},
		{"replaces ntfs.sys", ownMade{copies: []string{"evil.sys", "ntfs.sys"}}, nil, "", inject.FileConflict},
		{"replaces disk.sys", ownMade{copies: []string{"evil.sys", "disk.sys"}}, nil, "", inject.FileConflict},
		{"replaces atapi.sys", ownMade{copies: []string{"evil.sys", "atapi.sys"}}, nil, "", inject.FileConflict},
		{"replaces its older self", ownMade{}, there("evil.sys", "EVIL.SYS"), "", ""},
		{"another driver of that name", ownMade{}, there("evil.sys", "good.sys"), "", inject.FileConflict},
		{"nothing says what is there", ownMade{}, there("evil.sys", ""), "", inject.FileConflict},
		{"the package says nothing", ownMade{built: map[string]string{"evil.sys": ""}}, there("evil.sys", "evil.sys"), "", inject.FileConflict},
		{"no file of its own", ownMade{binary: "disk.sys"}, nil, "", inject.MissingFile},
		{"no file at all", ownMade{binary: "disk.sys", copies: []string{}}, nil, "", inject.MissingFile},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := guests.MustLoad(t, "winxp-x86")
			if tt.there != nil {
				g = g.With(1, *tt.there)
			}
			if tt.reg != "" {
				_, e := g.SystemHive()
				g = g.WithReg(e.Path, strings.ReplaceAll(tt.reg, "$", e.Prefix))
			}
			m := machineOf(pci(t, "1af4:1001:010000"))
			p, w := open(t, g.Build(t), m)
			p.Media = []source.Tree{tt.ownMade.folder(t, "x86")}
			err := fromFirst(t, w, p.Media[0], bootchain.CatalogDevice(m.Controllers[0]).IDs())
			var r *inject.Refusal
			switch {
			case tt.kind == "" && err != nil:
				t.Errorf("%v; want none", err)
			case tt.kind != "" && (!errors.As(err, &r) || r.Kind != tt.kind || !strings.Contains(r.Sentence, "rovide")):
				t.Errorf("%v; want %s", err, tt.kind)
			}
			// The whole way says the same.
			_, err = inject.For(p, w, m.Controllers[0])
			if need, ok := inject.IsNeed(err); ok != (tt.kind != "") || ok && len(need.Refusals) == 0 {
				t.Errorf("For: %v", err)
			}
		})
	}
}

// TestUnsignedWithoutDriver: nothing that is signed is not signed.
func TestUnsignedWithoutDriver(t *testing.T) {
	m := machineOf(pci(t, "1af4:1001:010000"))
	_, w := open(t, guests.MustLoad(t, "win10-x64").Build(t), m)
	if err := new(source.Signing).Check(source.PolicyOf(inject.Target(w), true)); !errors.Is(err, source.ErrUnsigned) {
		t.Errorf("%v; want %v", err, source.ErrUnsigned)
	}
}

// TestAddRegAgainstStart: what an INF writes into its service does not keep it
// from starting; what is the driver's own business is written.
func TestAddRegAgainstStart(t *testing.T) {
	for _, guest := range []string{"winxp-x86", "win81-x64"} {
		for _, line := range []string{
			`HKR,StartOverride,0,0x10001,3`, `HKR,"startoverride\x",0,0x10001,3`, `HKR,\StartOverride,0,0x10001,3`,
			`HKR,,Start,0x10001,4`, `HKR,,START,0,"4"`, `HKR,,Type,0x10001,0x10`, `HKR,,ErrorControl,0x10001,3`,
			`HKR,,ImagePath,0x20000,"\SystemRoot\system32\drivers\nothere.sys"`, `HKR,,Group,0,"NoSuchGroup"`,
			`HKLM,System\CurrentControlSet\Services\evil\StartOverride,0,0x10001,3`,
		} {
			t.Run(guest+" "+line, func(t *testing.T) {
				m := machineOf(pci(t, "1af4:1001:010000"))
				_, w := open(t, guests.MustLoad(t, guest).Build(t), m)
				arch := map[inspect.Arch]string{inspect.X86: "x86", inspect.AMD64: "x64"}[w.Arch]
				ids := bootchain.CatalogDevice(m.Controllers[0]).IDs()
				tree := ownMade{addReg: line + "\nHKR,Parameters,Mine,0x10001,7"}.folder(t, arch)
				best, errs := source.Best(source.Packages(tree, source.Options{}).Packages, ids, inject.Target(w))
				if len(best) == 0 {
					t.Fatalf("no match: %v", errs)
				}
				drivers, err := inject.FromMatch(best[0], ids)
				if err != nil {
					t.Fatal(err)
				}
				drivers[0].Package = nil // of a test, and not signed
				steps, err := inject.Steps(w, drivers...)
				if err != nil {
					t.Fatal(err)
				}
				want := map[string]string{"Start": "dword 0x0", "Type": "dword 0x1", "ErrorControl": "dword 0x1", "Group": "sz SCSI miniport", "Mine": "dword 0x7", "ImagePath": ""}
				seen := map[string]int{}
				for _, s := range steps {
					v, ok := s.(step.SetValue)
					if !ok || !strings.Contains(strings.ToLower(v.Key), `\services\evil`) {
						continue
					}
					if strings.Contains(strings.ToLower(v.Key), "startoverride") {
						t.Errorf("%s %s is written", v.Key, v.Value)
					}
					if w, ok := want[v.Value]; ok {
						if strings.HasPrefix(v.Key, "ControlSet") { // not the driver database
							seen[v.Value]++
						}
						if got := data(v.New); w != "" && got != w || strings.Contains(got, "nothere") {
							t.Errorf("%s = %s; want %s", v.Value, got, w)
						}
					}
				}
				for name := range want {
					if seen[name] != len(w.ControlSets) {
						t.Errorf("%s is written %d times; want once in each of %d sets", name, seen[name], len(w.ControlSets))
					}
				}
			})
		}
	}
}

// TestTakenOver: a Windows whose disk, file system or ACPI driver is another
// driver's file does not start, whatever that file is; it gets its own again.
func TestTakenOver(t *testing.T) {
	m := profile(t, "qemu-pc")
	for _, service := range []string{"", "disk", "partmgr", "ntfs", "acpi", "viostor"} {
		t.Run("service "+service, func(t *testing.T) {
			start := "0"
			if service == "ntfs" {
				start = "3" // as real hives of 7 have it
			}
			g := guests.MustLoad(t, "win7-x64")
			_, e := g.SystemHive()
			if service != "" {
				g = g.WithReg(e.Path, "["+e.Prefix+`\ControlSet001\Services\`+service+"]\n\"Type\"=dword:00000001\n\"Start\"=dword:0000000"+start+"\n\"ImagePath\"=\"system32\\\\drivers\\\\atapi.sys\"\n")
			}
			p, w := open(t, g.Build(t), m)
			starts, err := inject.Starts(w, m.Controllers[0])
			if err != nil || (starts != "") != (service == "" || service == "viostor") {
				t.Fatalf("starts by %q, %v", starts, err)
			}
			if service == "" || service == "viostor" {
				return
			}
			offer, err := inject.For(p, w, m.Controllers[0])
			if err != nil {
				t.Fatal(err)
			}
			steps, err := inject.Steps(w, offer.Drivers...)
			var got []string
			for _, s := range steps {
				if v, ok := s.(step.SetValue); ok && strings.EqualFold(v.Key, `ControlSet001\Services\`+service) && v.Old != nil {
					got = append(got, v.Value+" = "+strings.ToLower(data(v.New)))
				}
			}
			if want := []string{`ImagePath = expand system32\drivers\` + service + ".sys"}; err != nil || !slices.Equal(got, want) {
				t.Errorf("%v, %q; want %q", err, got, want)
			}
		})
	}
}
