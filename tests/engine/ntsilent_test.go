package engine

import (
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
)

// TestNTConditionsAreSilent: disks on which what looks like a fault of NTLDR or of
// system files is none.
func TestNTConditionsAreSilent(t *testing.T) {
	t.Parallel()
	xp := "tree nt5-windows root=\\WINXP arch=x86 version=5.1.2600.5512\n" +
		"hive \\WINXP\\system32\\config\\system nt5-system HKEY_LOCAL_MACHINE\\SYSTEM 1.5\n" +
		"hive \\WINXP\\system32\\config\\software winxp-software HKEY_LOCAL_MACHINE\\SOFTWARE 1.5\n"
	leftover, err := guests.Parse("leftover", "disk size=600M table=mbr signature=5ac9e1e2\npartition 1 type=07 start=63 size=400M active fs=ntfs label=X\n"+xp)
	if err != nil {
		t.Fatal(err)
	}
	seven := guests.MustLoad(t, "win7-x64")
	for _, e := range leftover.Parts[0].Entries {
		n, _ := seven.SystemHive()
		seven = seven.With(n, e)
	}
	for name, g := range map[string]*guests.Guest{
		"a folder of XP beside 7": seven,
		"64 bits have one HAL":    sixtyFour(t),
		"preinstallation environment": guests.MustLoad(t, "winxp-x86").
			With(1, guests.Entry{Kind: guests.PE, Path: `\minint\system32\ntdll.dll`, Arg: "x86", Version: "5.1.2600.2180"}).
			With(1, guests.Entry{Kind: guests.PE, Path: `\minint\system32\hal.dll`, Arg: "x86", Version: "5.1.2600.2180"}).
			With(1, guests.Entry{Kind: guests.Zero, Path: `\minint\system32\config\software`, Arg: "8192"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			machine := "qemu-pc"
			d := decode(t, bootmend(t, "scan", "--json", "--machine", machine, g.Build(t)))
			for _, id := range []string{"ntldr-missing", "ntdetect-missing", "ntldr-compressed", "bootini-missing", "bootini-wrong-partition",
				"bootini-scsi-signature", "bootini-missing-hal", "system-file-missing", "hal-mismatch", "scsiport-2000-rollup", "boot-chain-broken"} {
				if len(d.find(id)) > 0 {
					t.Errorf("%s:\n%s", id, d.ids())
				}
			}
			if len(d.Windows) == 0 || name == "preinstallation environment" && len(d.Windows) != 1 {
				t.Errorf("%d Windows", len(d.Windows))
			}
		})
	}
}

// sixtyFour is an XP x64 whose kernel is for several processors by name, as all
// are, and whose HAL is called hal.dll.
func sixtyFour(t *testing.T) *guests.Guest {
	t.Helper()
	all, err := guests.Editions()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.Name != "xp-x64" {
			continue
		}
		g, err := e.Guest()
		if err != nil {
			t.Fatal(err)
		}
		n, _ := g.SystemHive()
		return g.With(n, guests.Entry{Kind: guests.PE, Path: `\WINDOWS\system32\hal.dll`, Arg: "x64", Version: e.Version, Original: "hal.dll"}).
			With(n, guests.Entry{Kind: guests.PE, Path: `\WINDOWS\system32\ntoskrnl.exe`, Arg: "x64", Version: e.Version, Original: "ntkrnlmp.exe"})
	}
	t.Fatal("no edition xp-x64")
	return nil
}

// TestReactOSGetsNothingOfWindows: a Server 2003 says the same version as ReactOS.
func TestReactOSGetsNothingOfWindows(t *testing.T) {
	t.Parallel()
	image := guests.MustLoad(t, "reactos").Without(`\ReactOS\system32\hal.dll`).Without(`\ReactOS\system32\drivers\uniata.sys`).Build(t)
	windows := guests.MustLoad(t, "win2003-system-c").With(2, guests.Entry{Kind: guests.PE, Path: `\WINDOWS\system32\drivers\uniata.sys`, Arg: "x86", Version: "5.2.3790.3959"})
	donor := windows.Build(t)
	before := hash(t, image)
	d := decode(t, bootmend(t, "repair", "--yes", "--json", "--machine", "qemu-pc", "--only", "system-file-missing,storage-driver-missing,boot-driver-file-missing", image, donor))
	for _, f := range d.find("system-file-missing") {
		if f.Fixable {
			t.Errorf("%+v", f)
		}
	}
	if len(d.find("system-file-missing")) != 1 || len(d.find("storage-driver-missing")) != 1 {
		t.Errorf("findings:\n%s", d.ids())
	}
	untouched(t, image, before, "repair")
}
