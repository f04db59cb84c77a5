package bcdtest

import (
	"bytes"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/regf/regfcheck"
	"github.com/bootmend/bootmend/initramfs/win/winver"
	"github.com/bootmend/bootmend/tests/oracle"
)

// versions of Windows that start from a store.
var versions = map[string]winver.Version{
	"vista": {Major: 6, Build: 6000}, "vista sp1": {Major: 6, Build: 6001}, "7": {Major: 6, Minor: 1, Build: 7601}, "8": {Major: 6, Minor: 2, Build: 9200},
	"8.1": {Major: 6, Minor: 3, Build: 9600}, "10 1511": {Major: 10, Build: 10586}, "10": {Major: 10, Build: 19045}, "11": {Major: 10, Build: 22631},
	"2008 R2": {Major: 6, Minor: 1, Build: 7601, InstallationType: "Server", ProductName: "Windows Server 2008 R2 Standard"},
	"2025":    {Major: 10, Build: 26100, InstallationType: "Server", ProductName: "Windows Server 2025 Standard"},
}

var (
	mbrSystem, mbrOS, mbrRE = bcd.MBRIdentity(0x1234abcd, 1<<20), bcd.MBRIdentity(0x1234abcd, 351<<20), bcd.MBRIdentity(0x1234abcd, 90<<30)
	gptDisk                 = guid("984c884b-4218-4f07-aa93-5ede4c7c5384")
	gptSystem               = bcd.GPTIdentity(guid("0b2394a9-095e-487d-8d48-719ecd4d78ca"), gptDisk)
	gptOS                   = bcd.GPTIdentity(guid("8e0f2c38-e4ea-47ba-b7fc-9d8c74dccf0b"), gptDisk)
	gptRE                   = bcd.GPTIdentity(guid("6cdfcd69-de75-4490-8f99-5a84bf264917"), gptDisk)
)

func guid(s string) bcd.GUID {
	g, err := bcd.ParseGUID(s)
	if err != nil {
		panic(err)
	}
	return g
}

// options are those of a machine with that firmware; recovery with Windows RE.
func options(firmware bcd.Firmware, v winver.Version, recovery bool) bcd.BuildOptions {
	o := bcd.BuildOptions{Firmware: firmware, Version: v, System: mbrSystem, OS: mbrOS, Now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Rand: rand.New(rand.NewSource(5))}
	re := mbrRE
	if firmware == bcd.UEFI {
		o.System, o.OS, re = gptSystem, gptOS, gptRE
	}
	if recovery {
		o.Recovery = &bcd.RecoveryOptions{Partition: re, Image: `\Recovery\WindowsRE\Winre.wim`, SDI: `\Recovery\WindowsRE\boot.sdi`}
	}
	return o
}

// TestBuild: every new store is whole, and read by hivex and reglookup with the
// same keys and values.
func TestBuild(t *testing.T) {
	n := 0
	for name, v := range versions {
		for _, firmware := range []bcd.Firmware{bcd.BIOS, bcd.UEFI} {
			for _, recovery := range []bool{false, true} {
				n++
				t.Run(fmt.Sprintf("%s %s recovery=%v", name, firmware, recovery), func(t *testing.T) {
					b, err := bcd.Build(options(firmware, v, recovery))
					if err != nil {
						t.Fatal(err)
					}
					h := hive(t, b.Hive)
					if s := h.State(); !s.Clean || h.Header().Minor != 3 {
						t.Errorf("%+v, version 1.%d", s, h.Header().Minor)
					}
					if bytes.Contains(b.Hive, []byte("lh")) {
						t.Error("there is a list of the kind that version 1.3 does not know")
					}
					r, err := regfcheck.Check(bytes.NewReader(b.Hive), int64(len(b.Hive)))
					if err != nil || r.Damaged > 0 || r.Lost > 0 {
						t.Errorf("%+v, %v", r, err)
					}
					s := openBytes(t, b.Hive)
					if o := s.Object(bcd.DefaultEntry); o == nil || o.ID != b.Loader {
						t.Errorf("the default is %v, want %v", o, b.Loader)
					}
					if d := s.Dangling(); len(d) > 0 {
						t.Errorf("names that lead nowhere: %+v", d)
					}
					if campaign || recovery && (firmware == bcd.UEFI) == v.AtLeast(6, 2) { // foreign tools take a second each
						judge(t, b, s)
					}
				})
			}
		}
	}
	t.Logf("%d stores", n)
}

// judge lets foreign tools read a store.
func judge(t *testing.T, b bcd.Built, s *bcd.Store) {
	file := oracle.HiveFile(t, b.Hive)
	lines, err := oracle.RegExport(file)
	if err != nil {
		t.Fatal(err)
	}
	elements := 0
	for _, o := range s.Objects {
		elements += len(o.Elements)
		if !slices.ContainsFunc(lines, func(l string) bool {
			return strings.HasPrefix(l, `\Objects\`+o.Key+`\Description\"Type"=dword:`+fmt.Sprintf("%08x", uint32(o.Type)))
		}) {
			t.Errorf("hivexregedit does not see %s", o.Key)
		}
	}
	seen := 0
	for _, l := range lines {
		if strings.Contains(l, `\"Element"=`) {
			seen++
		}
	}
	if seen != elements {
		t.Errorf("hivexregedit sees %d elements, we %d", seen, elements)
	}
	if n, err := oracle.RegDWORD(file, `\Objects\`+b.Loader.String()+`\Description`, "Type"); err != nil || n != uint32(bcd.TypeLoader) {
		t.Errorf("hivexsh: %#x, %v", n, err)
	}
	dump, err := oracle.RegDump(file)
	if err != nil {
		t.Fatal(err)
	}
	seen = 0
	for _, l := range dump {
		if strings.Contains(l, "/Element,") {
			seen++
		}
	}
	if seen != elements {
		t.Errorf("reglookup sees %d elements, we %d", seen, elements)
	}
}

// TestByVersion: what differs between the Windows.
func TestByVersion(t *testing.T) {
	for _, tt := range []struct {
		version  string
		firmware bcd.Firmware
		object   string // "loader", "resume" or a name
		element  string
		want     string // "" for none
	}{
		{"vista", bcd.BIOS, "loader", "detecthal", "Yes"}, {"7", bcd.BIOS, "loader", "detecthal", ""},
		{"vista", bcd.BIOS, "bootloadersettings", "inherit", "{globalsettings}"}, {"vista sp1", bcd.BIOS, "bootloadersettings", "inherit", "{globalsettings} {hypervisorsettings}"},
		{"vista sp1", bcd.UEFI, "loader", "path", `\Windows\system32\winload.efi`}, {"7", bcd.BIOS, "loader", "path", `\Windows\system32\winload.exe`},
		{"7", bcd.UEFI, "loader", "isolatedcontext", ""}, {"8", bcd.UEFI, "loader", "isolatedcontext", "Yes"}, {"8", bcd.BIOS, "loader", "isolatedcontext", ""},
		{"7", bcd.BIOS, "loader", "bootmenupolicy", ""}, {"8.1", bcd.BIOS, "loader", "bootmenupolicy", "Standard"}, {"8.1", bcd.BIOS, "resume", "bootmenupolicy", "Standard"},
		{"7", bcd.BIOS, "emssettings", "bootems", "Yes"}, {"8", bcd.BIOS, "emssettings", "bootems", "No"},
		{"10 1511", bcd.BIOS, "dbgsettings", "debugtype", "Serial"}, {"10", bcd.BIOS, "dbgsettings", "debugtype", "Local"}, {"10", bcd.BIOS, "dbgsettings", "debugport", ""},
		{"7", bcd.BIOS, "loader", "nx", "OptIn"}, {"2008 R2", bcd.BIOS, "loader", "nx", "OptOut"},
		{"11", bcd.UEFI, "loader", "description", "Windows 11"}, {"10", bcd.UEFI, "loader", "description", "Windows 10"}, {"2025", bcd.UEFI, "loader", "description", "Windows Server 2025 Standard"},
		{"vista", bcd.BIOS, "loader", "description", "Microsoft Windows Vista"}, {"10", bcd.BIOS, "bootmgr", "path", ""}, {"10", bcd.UEFI, "bootmgr", "path", `\EFI\Microsoft\Boot\bootmgfw.efi`},
		{"10", bcd.UEFI, "memdiag", "path", `\EFI\Microsoft\Boot\memtest.efi`}, {"10", bcd.BIOS, "memdiag", "path", `\boot\memtest.exe`},
	} {
		b, err := bcd.Build(options(tt.firmware, versions[tt.version], false))
		if err != nil {
			t.Fatal(err)
		}
		s := openBytes(t, b.Hive)
		o := s.Object(map[string]bcd.GUID{"loader": b.Loader, "resume": b.Resume}[tt.object])
		if o == nil {
			id, err := bcd.ParseObject(tt.object)
			if err != nil {
				t.Fatal(err)
			}
			o = s.Object(id)
		}
		typ, err := o.Type.ParseElement(tt.element)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if e := o.Element(typ); e != nil {
			got = strings.Join(s.Show(o, e, bcd.TextOptions{}), " ")
		}
		if got != tt.want {
			t.Errorf("%s %s: %s %s is %q, want %q", tt.version, tt.firmware, tt.object, tt.element, got, tt.want)
		}
	}
}

// TestBuildRefuses: what would not start is not built.
func TestBuildRefuses(t *testing.T) {
	for name, change := range map[string]func(*bcd.BuildOptions){
		"firmware":       func(o *bcd.BuildOptions) { o.Firmware = "coreboot" },
		"XP":             func(o *bcd.BuildOptions) { o.Version = winver.Version{Major: 5, Minor: 1} },
		"no identity":    func(o *bcd.BuildOptions) { o.OS = bcd.Identity{} },
		"ntldr and UEFI": func(o *bcd.BuildOptions) { o.Firmware, o.Legacy = bcd.UEFI, &bcd.LegacyOptions{} },
		"no folder":      func(o *bcd.BuildOptions) { o.SystemRoot = `Windows` },
	} {
		o := options(bcd.BIOS, versions["7"], false)
		change(&o)
		if _, err := bcd.Build(o); err == nil {
			t.Errorf("%s was built", name)
		}
	}
}
