package inf_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/inf"
)

// sample has what the collection of real files has not.
const sample = `
CatalogFile=s.cat
DriverVer=01/01/2020,1.0
[Manufacturer]
%Maker%=Models,NTx86,NTamd64
[Models]
%Dev%=Inst,PCI\VEN_1,PCI\CC_1
[Models.NTx86]
%Dev%=Inst,PCI\VEN_1,,PCI\CC_1
[Models.NTamd64]
%Dev%=Inst,PCI\VEN_1
[Inst.NTamd64]
CopyFiles=@only64.sys
[Inst.NT]
CopyFiles=Drivers,@extra.dll
CopyFiles=Help
DriverVer=02/02/2021,2.0
AddReg=Gone,Values
Include=a.inf,b.inf
Needs=A.Inst
Include=a.inf
[Inst]
CopyFiles=@never.sys
[Inst.NT.Services]
AddService=drv,3,Svc,Log,Application,DrvLog
AddService=drv2,%none%,Svc2
AddService=,2
DelService=old
Needs=A.Inst.Services
[Svc]
DisplayName=%Name%
Description="what it does"
ServiceType=1
StartType=0
ErrorControl=3
ServiceBinary=%12%\sub\drv.sys
LoadOrderGroup=Base
Dependencies=+Group,other,
Security="D:P"
[Svc2]
ServiceType=0x10
StartType=2
ErrorControl=0
ServiceBinary="C:\x.exe"
[Log]
AddReg=LogReg
[LogReg]
HKR,,EventMessageFile,0x20000,%11%\m.dll
[Values]
HKR,,Multi,0x10000,one,two,"",three
HKR,,Append,0x00010008,more
HKR,,Bin,1,01,0xFF,a
HKR,,Neg,0x10001,-1
HKR,,Oct,0x10001,010
HKR,,Bytes,0x10001,1,0,0,80
HKR,,None,0x20001
HKR,,Own,0x00380001,1,2
HKR,Gone,,4
HKR,\Key\,,0x10
HKLM,%bad%,,xyz,text
[Drivers]
drv.sys,drv_x86.sys,,0x12
plain.sys
[Help]
h.hlp
[DestinationDirs]
Drivers=12,sub
Help=18
[SourceDisksFiles]
drv_x86.sys=2,x86,1234
plain.sys=1
h.hlp=1,.
[SourceDisksFiles.x86]
plain.sys=2
[SourceDisksNames]
1="Disk one",one.cab,,\base
2="Generic",,,\wrong
[SourceDisksNames.x86]
2=%Disk%,two.cab,,\base
[Strings]
Maker=M
Dev=Device
Name=Service
Disk="Disk two"
[Strings.0407]
Dev="Ger\u00e4t"
[Strings.0c]
Dev=Appareil
`

func install(t *testing.T, f *inf.File, target inf.Target) *inf.Install {
	t.Helper()
	models, err := f.Models(target)
	if err != nil || len(models) != 1 {
		t.Fatalf("%v, %v", models, err)
	}
	do, err := f.Install(models[0], target)
	if err != nil {
		t.Fatal(err)
	}
	return do
}

func TestInstall(t *testing.T) {
	f := parse(t, version+sample)
	do := install(t, f, xp)
	if do.Section != "Inst.NT" || do.Extension != ".NT" || do.DriverVer.Version != "2.0" || do.Catalog != "s.cat" {
		t.Errorf("%+v", do)
	}
	if got := fmt.Sprint(do.Include, do.Needs, do.DeletedServices); got != "[a.inf b.inf] [A.Inst A.Inst.Services] [old]" {
		t.Error(got)
	}
	var files []string
	for _, c := range do.Files {
		files = append(files, fmt.Sprintf("%s|%s|%v|%d|%s|%s|%s|%t", c.Name, c.Source, c.Dest, c.Flags, c.Disk, c.Dir, c.Cabinet, c.Listed))
	}
	want := []string{
		`drv.sys|drv_x86.sys|%12%\sub\drv.sys|18|Disk two|base\x86|two.cab|true`,
		`plain.sys|plain.sys|%12%\sub\plain.sys|0|Disk two|base|two.cab|true`,
		`extra.dll|extra.dll|%11%\extra.dll|0||||false`, // no default: system32
		`h.hlp|h.hlp|%18%\h.hlp|0|Disk one|base|one.cab|true`,
	}
	if !slices.Equal(files, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(files, "\n"), strings.Join(want, "\n"))
	}
	if path, ok := do.Files[0].Dest.Windows(); !ok || path != `%SystemRoot%\system32\drivers\sub\drv.sys` {
		t.Errorf("%q, %t", path, ok)
	}
	amd64 := install(t, f, inf.Target{Major: 6, Minor: 1, Arch: inf.AMD64})
	if len(amd64.Files) != 1 || amd64.Files[0].Name != "only64.sys" || amd64.Services != nil {
		t.Errorf("%+v", amd64)
	}
	if len(do.Notes) != 3 {
		t.Errorf("notes %v", do.Notes)
	}
}

func TestServices(t *testing.T) {
	do := install(t, parse(t, version+sample), inf.Target{Major: 5, Arch: inf.X86, Root: `D:\WINNT`})
	if len(do.Services) != 3 {
		t.Fatalf("%+v", do.Services)
	}
	s := do.Services[0]
	if s.Name != "drv" || s.Flags != inf.Associated|inf.TagToFront || s.Type != 1 || s.Start != 0 || s.ErrorControl != 3 || s.Group != "Base" ||
		s.DisplayName != "Service" || s.Description != "what it does" || s.Security != "D:P" || s.Binary != (inf.Place{Dir: 12, Path: `sub\drv.sys`}) {
		t.Errorf("%+v", s)
	}
	if !slices.Equal(s.Dependencies, []string{"+Group", "other"}) || s.LogName != "Application" || s.EventName != "DrvLog" {
		t.Errorf("%+v", s)
	}
	if got := string(bytes.ReplaceAll(s.EventLog[0].Data, []byte{0}, nil)); got != `D:\WINNT\system32\m.dll` {
		t.Errorf("%q", got)
	}
	if s := do.Services[1]; s.Flags != 0 || s.Type != 0x10 || s.Binary.String() != `C:\x.exe` || s.Binary.Dir != inf.DirAbsolute {
		t.Errorf("%+v", s)
	}
	if s := do.Services[2]; s.Name != "" || s.Flags != 2 {
		t.Errorf("%+v", s)
	}
}

func TestRegistry(t *testing.T) {
	do := install(t, parse(t, version+sample), xp)
	var got []string
	for _, r := range do.Registry {
		got = append(got, fmt.Sprintf("%s|%s|%s|%t%t|%d|%x", r.Root, r.Key, r.Name, r.Delete, r.KeyOnly, r.Type, r.Data))
	}
	want := []string{
		"HKR||Multi|falsefalse|7|6f006e0065000000740077006f0000007400680072006500650000000000",
		"HKR||Append|falsefalse|7|6d006f0072006500" + "0000" + "0000",
		"HKR||Bin|falsefalse|3|01ff0a",
		"HKR||Neg|falsefalse|4|ffffffff",
		"HKR||Oct|falsefalse|4|0a000000",
		"HKR||Bytes|falsefalse|4|01000080",
		"HKR||None|falsefalse|0|",
		"HKR||Own|falsefalse|56|0102",
		"HKR|Gone||truefalse|0|",
		"HKR|Key||falsetrue|0|",
		"HKLM|%bad%||falsefalse|1|7400650078007400" + "0000",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestLanguages(t *testing.T) {
	f := parse(t, version+sample)
	for lang, want := range map[inf.LangID]string{0: "Device", 0x409: "Device", 0x407: `Ger\u00e4t`, 0x40c: "Device", 0x807: `Ger\u00e4t`} {
		target := xp
		target.Language = lang
		if models, err := f.Models(target); err != nil || models[0].Description != want {
			t.Errorf("%#x: %v, want %q, %v", lang, models, want, err)
		}
	}
	// No general strings: US English, then whatever there is.
	f = parse(t, version+"[Manufacturer]\na=M\n[M]\n%d%=I,%e%\n[Strings.0411]\nd=ja\ne=id\n[Strings.0409]\nd=en\n")
	if models, err := f.Models(xp); err != nil || models[0].Description != "en" || models[0].HardwareID != "id" {
		t.Errorf("%v, %v", models, err)
	}
}

func TestInstallRefuses(t *testing.T) {
	base := version + "[Manufacturer]\nm=M\n[M]\nd=I,id\n"
	for name, c := range map[string]struct{ rest, text string }{
		"no section":    {"", "line 6, [M]: there is no install section [I]"},
		"no files":      {"[I]\nCopyFiles=C\n", "line 8, [I]: CopyFiles names [C]"},
		"no service":    {"[I]\n[I.Services]\nAddService=s,2,S\n", "line 9, [I.Services]: AddService names [S]"},
		"start":         {"[I]\n[I.Services]\nAddService=s,2,S\n[S]\nStartType=boot\n", `line 11, [S]: StartType is "boot"`},
		"no binary":     {"[I]\n[I.Services]\nAddService=s,2,S\n[S]\nServiceType=1\nStartType=0\nErrorControl=1\n", "no servicebinary"},
		"root":          {"[I]\nAddReg=R\n[R]\nHKXX,a\n", `line 10, [R]: "HKXX"`},
		"dword":         {"[I]\nAddReg=R\n[R]\nHKR,,a,0x10001,many\n", `"many" is no number`},
		"byte":          {"[I]\nAddReg=R\n[R]\nHKR,,a,1,100\n", `"100" is no byte`},
		"type":          {"[I]\nAddReg=R\n[R]\nHKR,,a,0x70000,1\n", "type 7"},
		"directory":     {"[I]\nCopyFiles=@a\n[DestinationDirs]\nDefaultDestDir=x\n", `line 10, [DestinationDirs]`},
		"without end":   {"[I]\nAddReg=" + strings.Repeat("R,", 2000) + "\n[R]\n" + strings.Repeat("HKR,a\n", 2000), "more than"},
		"files too":     {"[I]\nCopyFiles=" + strings.Repeat("C,", 2000) + "\n[C]\n" + strings.Repeat("a\n", 2000), "more than"},
		"keyed lines":   {"[I]\nCopyFiles=" + strings.Repeat("C,", 2000) + "\n[C]\n" + strings.Repeat("a=b\n", 2000), "more than"},
		"event logs":    {"[I]\n[I.Services]\n" + strings.Repeat("AddService=s,2,S,L\n", 2000) + "[S]\nServiceType=1\nStartType=0\nErrorControl=1\nServiceBinary=x\n[L]\n" + strings.Repeat("AddReg=E\n", 2000) + "[E]\n", "more than"},
		"services, too": {"[I]\n[I.Services]\n" + strings.Repeat("AddService=a\n", 40000), "more than"},
	} {
		f := parse(t, base+c.rest)
		models, err := f.Models(xp)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Install(models[0], xp)
		if !errors.Is(err, inf.ErrSyntax) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: got %v, want %q", name, err, c.text)
		}
	}
}
