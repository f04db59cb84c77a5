package damage

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/bootmend/bootmend/tests/guests"
)

// reg merges .reg text into SYSTEM, see systemReg.
func reg(text string, args ...any) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest { return systemReg(g, fmt.Sprintf(text, args...)) }
}

// service adds a kernel driver to every control set, and its files below
// system32\drivers.
func service(name string, start int, files ...string) func(*guests.Guest) *guests.Guest {
	change := reg("[$\\Services\\%s]\n\"Type\"=dword:00000001\n\"Start\"=dword:%08x\n", name, start)
	return func(g *guests.Guest) *guests.Guest {
		g = change(g)
		for _, f := range files {
			g = driverFile(f)(g)
		}
		return g
	}
}

// driverFile adds a stand-in for a driver, as disk.sys of the guest is.
func driverFile(name string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		n, disk := g.Find(0, `\WINDOWS\system32\drivers\disk.sys`)
		e := *disk
		e.Path = e.Path[:len(e.Path)-len("disk.sys")] + name
		return g.With(n, e)
	}
}

// filters gives a key below every control set a list of filter drivers.
func filters(key, value string, names ...string) func(*guests.Guest) *guests.Guest {
	return reg("[$\\%s]\n\"%s\"=hex(7):%s\n", key, value, hexMulti(names...))
}

// filtered is the end of the line that hivexregedit prints for a list.
func filtered(value string, names ...string) string {
	return fmt.Sprintf(`"%s"=hex(7):%s`, value, hexMulti(names...))
}

// deviceFilter gives a device of the class of disks a filter of its own.
// diskDevice is a disk that Plug and Play knows.
func diskDevice(path string, flags int) func(*guests.Guest) *guests.Guest {
	return reg("[$\\Enum\\%s]\n\"Service\"=\"disk\"\n\"ConfigFlags\"=dword:%08x\n", path, flags)
}

func deviceFilter(key, name string) func(*guests.Guest) *guests.Guest {
	return reg("[$\\%s]\n\"ClassGUID\"=\"{4d36e967-e325-11ce-bfc1-08002be10318}\"\n\"LowerFilters\"=hex(7):%s\n", key, hexMulti(name))
}

func firstBootFilter(g *guests.Guest) *guests.Guest {
	_, e := g.SystemHive()
	return g.WithReg(e.Path, fmt.Sprintf("[%s\\Setup\\FirstBoot\\Filters\\{4d36e96a-e325-11ce-bfc1-08002be10318}]\n\"UpperFilters\"=hex(7):%s\n", e.Prefix, hexMulti("gone")))
}

// hexMulti is a REG_MULTI_SZ as .reg text; hexSZ a REG_SZ.
func hexMulti(names ...string) string { return hexText(strings.Join(names, "\x00") + "\x00\x00") }

func hexText(s string) string {
	var b []byte
	for _, c := range []byte(s) {
		b = append(b, c, 0)
	}
	return strings.TrimSuffix(regexp.MustCompile("..").ReplaceAllString(hex.EncodeToString(b), "$0,"), ",")
}

// sz is how hivexregedit prints a REG_SZ.
func sz(s string) string { return "hex(1):" + hexText(s+"\x00") }

// selects changes roles in Select.
func selects(values string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		_, e := g.SystemHive()
		return g.WithReg(e.Path, fmt.Sprintf("[%s\\Select]\n%s\n", e.Prefix, values))
	}
}

// withoutSet deletes a part of a control set, or all of it with "".
func withoutSet(n int, below string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		_, e := g.SystemHive()
		return g.WithReg(e.Path, fmt.Sprintf("[-%s\\ControlSet%03d%s]\n", e.Prefix, n, below))
	}
}

// mounted gives values of MountedDevices.
func mounted(values string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		_, e := g.SystemHive()
		return g.WithReg(e.Path, fmt.Sprintf("[%s\\MountedDevices]\n%s\n", e.Prefix, values))
	}
}

// otherLetter gives a letter to the first partition of a disk that begins at
// sector 63.
func otherLetter(letter string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		id := g.ID[6:8] + "," + g.ID[4:6] + "," + g.ID[2:4] + "," + g.ID[0:2]
		return mounted(`"\\DosDevices\\` + letter + `:"=hex:` + id + `,00,7e,00,00,00,00,00,00`)(g)
	}
}

// letterOfNothing: C: is a partition of a GPT disk that is not there.
func letterOfNothing(g *guests.Guest) *guests.Guest {
	device, _ := hex.DecodeString(strings.ReplaceAll(strings.TrimPrefix(g.Device(windowsPartition(g)), "hex:"), ",", ""))
	id := append([]byte("DMIO:ID:"), device[0x20:0x30]...)
	id[len(id)-1] ^= 0x0A
	return mounted(`"\\DosDevices\\C:"=hex:` + strings.ReplaceAll(fmt.Sprintf("% x", id), " ", ","))(g)
}

// startsWith makes a control set Default and Current.
func startsWith(n int) string {
	return fmt.Sprintf("\"Default\"=dword:%08x\n\"Current\"=dword:%08x", n, n)
}

// vmbusOfOld: the device of the bus is there by the name that older hosts give it.
func vmbusOfOld() Damage {
	return Damage{Name: "vmbus-device-missing", Finding: "vmbus-device-missing", Repaired: true, OnRequest: true, Guest: "win81-x64", Machine: "hyperv-gen1",
		Rest:     []string{`ACPI\MSFT1000\4&215d0f95&0\"Service"=` + sz("vmbus"), `MSFT1000\4&215d0f95&0\"ConfigFlags"=dword:00000000`, `ACPI\VMBus\4&215d0f95&0\"Service"=` + sz("vmbus"), `VMBus\4&215d0f95&0\"ConfigFlags"=dword:00000000`},
		describe: both(device(`ACPI\VMBus\4&215d0f95&0`, 0), reg("[$\\Enum\\ACPI\\VMBus\\4&215d0f95&0]\n\"Service\"=\"vmbus\"\n"))}
}
