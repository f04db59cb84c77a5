package guests

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// Edition is a Windows of testdata/editions.txt: what the support table has rows
// for.
type Edition struct {
	Name    string // "7-x64"
	Title   string // "Windows 7 x64 SP1"
	Version string // of its files, a.b.c.d
	Arch    string // as in a description: x86, x64, arm64
	Type    string // ProductType: WinNT or ServerNT
	// Real is the SYSTEM hive of such a Windows in the collection of real data,
	// "" for none; Logs are its transaction logs.
	Real string
	Logs []string

	row  int
	uefi bool
}

// Firmware is which layouts of a disk the edition can have: 64-bit ones since 8
// can start by UEFI from GPT, those for ARM by nothing else.
func (e Edition) Firmware() (bios, uefi bool) {
	nt, _ := e.NT()
	return e.Arch != "arm64", nt >= 602 && e.Arch != "x86"
}

// On is the edition on a disk for that firmware. Without it 64-bit editions since
// 10 are on GPT.
func (e Edition) On(uefi bool) Edition {
	e.uefi = uefi
	return e
}

// Editions reads the table.
func Editions() ([]Edition, error) {
	rows, err := tableRows("editions.txt", 6)
	if err != nil {
		return nil, err
	}
	var all []Edition
	for i, f := range rows {
		e := Edition{Name: f[0], Title: f[1], Version: f[2], Arch: f[3], Type: f[4], row: i}
		if files := strings.Fields(f[5]); len(files) > 0 {
			e.Real, e.Logs = files[0], files[1:]
		}
		nt, _ := e.NT()
		e.uefi = nt >= 1000 && e.Arch != "x86"
		all = append(all, e)
	}
	return all, nil
}

// tableRows splits a table of testdata, columns separated by "|".
func tableRows(name string, columns int) ([][]string, error) {
	text, err := testdata.ReadFile("testdata/" + name)
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for n, line := range strings.Split(string(text), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, "|")
		if len(f) != columns {
			return nil, fmt.Errorf("%s:%d: %d columns, want %d", name, n+1, len(f), columns)
		}
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		rows = append(rows, f)
	}
	return rows, nil
}

// NT is the version as major*100 + minor, and the build.
func (e Edition) NT() (nt, build int) {
	v := strings.Split(e.Version, ".")
	major, _ := strconv.Atoi(v[0])
	minor, _ := strconv.Atoi(v[1])
	build, _ = strconv.Atoi(v[2])
	return major*100 + minor, build
}

// UEFI: the guest has a GPT disk with an ESP.
func (e Edition) UEFI() bool { return e.uefi }

// root is the directory of Windows.
func (e Edition) root() string {
	switch nt, _ := e.NT(); {
	case nt <= 500:
		return `\WINNT`
	case nt < 600:
		return `\WINDOWS`
	}
	return `\Windows`
}

// system32 is the path of that directory, spelled as its Windows does.
func (e Edition) system32() string {
	if nt, _ := e.NT(); nt < 600 {
		return e.root() + `\system32`
	}
	return e.root() + `\System32`
}

// HivePath is where the hive of that name, "SYSTEM", lies.
func (e Edition) HivePath(name string) string {
	if nt, _ := e.NT(); nt < 600 {
		name = strings.ToLower(name)
	}
	return e.system32() + `\config\` + name
}

// Guest is a disk with that Windows as it is after it was set up on a machine
// whose controller is none of those that it is moved to: SYSTEM is synthetic.
func (e Edition) Guest() (*Guest, error) {
	g, err := Parse("edition-"+e.Name, e.description())
	if err != nil {
		return nil, err
	}
	number, hive := g.SystemHive()
	drivers, err := e.inbox()
	if err != nil {
		return nil, err
	}
	reg, err := e.system(drivers)
	if err != nil {
		return nil, err
	}
	g = g.WithReg(hive.Path, reg).WithReg(e.HivePath("SOFTWARE"), e.software())
	for _, entry := range e.files(drivers) {
		g = g.With(number, entry)
	}
	return g, nil
}

// Around is Guest with that SYSTEM hive, normally the real one, and its logs.
func (e Edition) Around(hive string, logs ...string) (*Guest, error) {
	g, err := e.Guest()
	if err != nil {
		return nil, err
	}
	return g.around(hive, logs...)
}

// description is the guest without its drivers and the content of its hives.
func (e Edition) description() string {
	nt, _ := e.NT()
	d := strings.Builder{}
	system := func(start string) {
		fmt.Fprintf(&d, "partition 1 type=07 start=%s size=1200M active fs=ntfs label=SYSTEM\n", start)
	}
	fmt.Fprintf(&d, "# %s\n", e.Title)
	fallback := ""
	if e.Arch == "arm64" {
		fallback = "pe \\EFI\\Boot\\bootaa64.efi $arch $version\n"
	}
	switch {
	case e.UEFI():
		d.WriteString("disk size=2G table=gpt guid=" + e.guid(0) + "\n" +
			"partition 1 type=c12a7328-f81f-11d2-ba4b-00a0c93ec93b guid=" + e.guid(1) + " name=EFI start=2048 size=100M fs=vfat label=SYSTEM\n" +
			"tree nt6-efi arch=$arch version=$version\n" + fallback +
			"partition 2 type=e3c9e316-0b5c-4db8-817d-f92df00215ae guid=" + e.guid(2) + " name=MSR start=206848 size=16M\n" +
			"partition 3 type=ebd0a0a2-b9e5-4433-87c0-68b6b72699c7 guid=" + e.guid(3) + " name=Windows start=239616 size=1200M fs=ntfs label=Windows\n" +
			"tree nt6-core arch=$arch version=$version\n")
	case nt >= 600:
		d.WriteString("disk size=2G table=mbr signature=$signature\n")
		system("2048")
		d.WriteString("tree nt6-bios arch=$arch version=$version\ntree nt6-core arch=$arch version=$version\n")
	default:
		d.WriteString("disk size=2G table=mbr signature=$signature\n")
		system("63")
		d.WriteString("tree nt5-loader version=$version\n")
		if nt == 400 {
			d.WriteString("tree nt4 root=$root version=$version\n")
		} else {
			d.WriteString("tree nt5-core root=$root arch=$arch version=$version\ntree nt5-scsi root=$root arch=$arch\n")
		}
		d.WriteString("text \\boot.ini\n| [boot loader]\n| timeout=30\n| default=multi(0)disk(0)rdisk(0)partition(1)$root\n" +
			"| [operating systems]\n| multi(0)disk(0)rdisk(0)partition(1)$root=\"" + e.Title + "\"\n")
	}
	format := "1.5"
	if nt <= 500 {
		format = "1.3"
	}
	d.WriteString("dir $root\\Temp\n" +
		"hive " + e.HivePath("SYSTEM") + ` - HKEY_LOCAL_MACHINE\SYSTEM ` + format + "\n" +
		"hive " + e.HivePath("SOFTWARE") + ` - HKEY_LOCAL_MACHINE\SOFTWARE ` + format + "\n")
	return strings.NewReplacer("$root", e.root(), "$arch", e.Arch, "$version", e.Version, "$signature", e.signature()).Replace(d.String())
}

func (e Edition) signature() string { return fmt.Sprintf("5ac9e2%02x", e.row) }

func (e Edition) guid(part int) string {
	return fmt.Sprintf("6f1c2a10-93b4-4d07-8e55-c0de0000%02x%02x", e.row, part)
}

// mounted is the value of \DosDevices\C: for the partition of Windows.
func (e Edition) mounted() []byte {
	if !e.UEFI() {
		start := uint64(63)
		if nt, _ := e.NT(); nt >= 600 {
			start = 2048
		}
		n, _ := strconv.ParseUint(e.signature(), 16, 32)
		return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(nil, uint32(n)), start*SectorSize)
	}
	b, _ := hex.DecodeString(strings.ReplaceAll(e.guid(3), "-", ""))
	for _, swap := range [][2]int{{0, 3}, {1, 2}, {4, 5}, {6, 7}} { // the first three fields are little endian
		b[swap[0]], b[swap[1]] = b[swap[1]], b[swap[0]]
	}
	return append([]byte("DMIO:ID:"), b...)
}
