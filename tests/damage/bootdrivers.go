package damage

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/bootmend/bootmend/tests/guests"
)

// bootService adds a driver that is loaded at boot and has no file.
func bootService(name string, errorControl int) func(*guests.Guest) *guests.Guest {
	return both(service(name, 0), reg("[$\\Services\\%s]\n\"ErrorControl\"=dword:%08x\n", name, errorControl))
}

// copiedTo puts a copy of a file of the guest somewhere else.
func copiedTo(from, to string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		n, e := g.Find(0, from)
		c := *e
		c.Path = to
		return g.With(n, c)
	}
}

// stored keeps a driver in the component store as it is now.
func stored(driver, component string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		return copiedTo(system32+`drivers\`+driver, componentFolder(g, component, 0)+driver)(g)
	}
}

// sharing adds a service that is loaded at boot from the file of another.
func sharing(name, image string) func(*guests.Guest) *guests.Guest {
	return both(bootService(name, 3), reg("[$\\Services\\%s]\n\"ImagePath\"=str(2):\"%s\"\n", name, image))
}

// lostDisk takes the driver of disks away; hives have ErrorControl 1 for it.
func lostDisk(g *guests.Guest) *guests.Guest {
	_, e := g.Find(0, `\Windows\System32\drivers\disk.sys`)
	return g.Without(e.Path)
}

// diskImports makes a disk.sys that imports from other files, as that of Windows does.
func diskImports(names ...string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		n, e := g.Find(0, system32+`drivers\disk.sys`)
		d := *e
		d.Imports = names
		return g.Without(e.Path).With(n, d)
	}
}

func emptyFile(path string) func(*guests.Guest) *guests.Guest { return zeroFile(path, "0") }

// zeroFile leaves so many zeros of a file.
func zeroFile(path, size string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		n, e := g.Find(0, path)
		return g.With(n, guests.Entry{Kind: guests.Zero, Path: e.Path, Arg: size})
	}
}

// ntfsService is the service of ntfs.sys as hives have it: the loader loads its driver
// although Start does not ask for it.
func ntfsService(start int) func(*guests.Guest) *guests.Guest {
	return reg("[$\\Services\\Ntfs]\n\"Type\"=dword:00000002\n\"ErrorControl\"=dword:00000001\n\"Group\"=\"Boot File System\"\n\"Start\"=dword:%08x\n", start)
}

func forOtherMachine(path string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		n, e := g.Find(0, path)
		c := *e
		c.Arg = map[string]string{"x64": "x86", "x86": "x64"}[e.Arg]
		return g.With(n, c)
	}
}

// device gives a device below Enum its ConfigFlags, inProfile those in the first
// hardware profile.
func device(path string, flags int) func(*guests.Guest) *guests.Guest {
	return reg("[$\\Enum\\%s]\n\"ConfigFlags\"=dword:%08x\n", path, flags)
}

func inProfile(path string, flags int) func(*guests.Guest) *guests.Guest {
	return reg("[$\\Hardware Profiles\\0001\\System\\CurrentControlSet\\Enum\\%s]\n\"CSConfigFlags\"=dword:%08x\n", path, flags)
}

func policy(n int) func(*guests.Guest) *guests.Guest {
	return reg("[$\\Services\\partmgr\\Parameters]\n\"SanPolicy\"=dword:%08x\n", n)
}

const channelFile = "Windows/System32/drivers/CrowdStrike/C-00000291-00000000-00000009.sys"

// channel puts CrowdStrike's channel file there, written at that time (UTC).
func channel(at string) func(target) error {
	return func(t target) error {
		return InNTFS(t.image, t.part, `mkdir -p "$(dirname "$1")"; head -c 40960 /dev/zero > "$1"; TZ=UTC touch -d "$2" "$1"`, channelFile, at)
	}
}

const txr = "./Windows/System32/config/TxR/"

// transactions adds the files of registry transactions; they begin with text.
func transactions(text string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		n, _ := g.SystemHive()
		content := append([]byte(text), make([]byte, 1024)...)
		for _, name := range []string{".TxR.blf", ".TxR.0.regtrans-ms"} {
			path := `\Windows\System32\config\TxR\{fd9a35da-49fe-11e9-aa2c-248a07783950}` + name
			g = g.With(n, guests.Entry{Kind: guests.File, Path: path, Data: content})
		}
		return g
	}
}

// renamed lists files in a folder before and after they are put aside.
func renamed(folder string, names ...string) []string {
	var all []string
	for _, n := range names {
		all = append(all, folder+n, folder+n+".old")
	}
	return all
}

// pendingUpdate is what an update leaves that is completed at the next start.
func pendingUpdate(g *guests.Guest) *guests.Guest {
	n, _ := g.SystemHive()
	g = g.With(n, guests.Entry{Kind: guests.Text, Path: `\Windows\WinSxS\pending.xml`, Data: []byte("<?xml version='1.0'?><PendingTransaction/>\r\n")})
	software := `\Windows\System32\config\SOFTWARE`
	if _, e := g.Find(n, software); e != nil {
		g = g.WithReg(software, "["+e.Prefix+`\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending]`+"\n")
	}
	g = g.With(n, guests.Entry{Kind: guests.Hive, Path: `\Windows\System32\config\COMPONENTS`, Arg: "-", Prefix: `HKEY_LOCAL_MACHINE\COMPONENTS`, Version: "1.5",
		Reg: "[HKEY_LOCAL_MACHINE\\COMPONENTS]\n\"PendingXmlIdentifier\"=hex:11,22,33,44\n\"StoreDirty\"=dword:00000000\n\"ExecutionState\"=dword:00000003\n"})
	return reg("[$\\Control\\Session Manager]\n\"SetupExecute\"=hex(7):%s\n", hexMulti(`C:\Windows\System32\poqexec.exe /display_progress \SystemRoot\WinSxS\pending.xml`))(g)
}

// largeHive appends a bin that is free to the SYSTEM hive: "hbin", its offset and
// size, and one free cell; the base block gets the new size (28h) and its
// checksum (XOR of the 127 numbers before 1FCh).
func largeHive(extra int) func(target) error {
	return func(t target) error {
		dir, err := os.MkdirTemp("", "bootmend-damage")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		_, e := t.guest.SystemHive()
		inside, outside := strings.ReplaceAll(e.Path[1:], `\`, "/"), filepath.Join(dir, "hive")
		if err := InNTFS(t.image, t.part, `cat "$1" > "$2"`, inside, outside); err != nil {
			return err
		}
		h, err := os.ReadFile(outside)
		if err != nil {
			return err
		}
		le := binary.LittleEndian
		bins := le.Uint32(h[0x28:])
		if int(bins)+0x1000 != len(h) {
			return fmt.Errorf("hive of %d bytes with bins of %d", len(h), bins)
		}
		bin := make([]byte, extra)
		copy(bin, "hbin")
		le.PutUint32(bin[4:], bins)
		le.PutUint32(bin[8:], uint32(extra))
		le.PutUint32(bin[0x20:], uint32(extra-0x20))
		le.PutUint32(h[0x28:], bins+uint32(extra))
		sum := uint32(0)
		for i := 0; i < 0x1FC; i += 4 {
			sum ^= le.Uint32(h[i:])
		}
		le.PutUint32(h[0x1FC:], sum)
		if err := os.WriteFile(outside, append(h, bin...), 0o600); err != nil {
			return err
		}
		return InNTFS(t.image, t.part, `cat "$2" > "$1"`, inside, outside)
	}
}
