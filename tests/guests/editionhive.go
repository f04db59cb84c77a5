package guests

import (
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// driver is a row of testdata/inbox.txt.
type driver struct {
	service, where, group, tag, class, inf string
	critical                               []string
}

// Setup classes of storage, by their names in the table.
var classes = map[string]string{
	"hdc":    "{4D36E96A-E325-11CE-BFC1-08002BE10318}",
	"scsi":   "{4D36E97B-E325-11CE-BFC1-08002BE10318}",
	"system": "{4D36E97D-E325-11CE-BFC1-08002BE10318}",
}

// inbox lists the storage drivers that the edition has.
func (e Edition) inbox() ([]driver, error) {
	rows, err := tableRows("inbox.txt", 9)
	if err != nil {
		return nil, err
	}
	nt, _ := e.NT()
	var all []driver
	for _, f := range rows {
		from, to, isRange := strings.Cut(f[1], "-")
		last := tableNT(to)
		switch {
		case !isRange:
			last = tableNT(from)
		case to == "":
			last = 1 << 30
		}
		if nt < tableNT(from) || nt > last || !slices.Contains(strings.Split(f[2], ","), e.Arch) {
			continue
		}
		all = append(all, driver{f[0], f[3], f[4], f[5], f[6], f[7], strings.Fields(f[8])})
	}
	return all, nil
}

func tableNT(s string) int {
	var major, minor int
	fmt.Sscanf(s, "%d.%d", &major, &minor)
	return major*100 + minor
}

// off is Start of a driver that Setup did not need.
func (e Edition) off() int {
	nt, _ := e.NT()
	switch {
	case nt < 600:
		return 4
	case nt < 602:
		return 3
	}
	return 0 // and a StartOverride
}

// system is the text of the SYSTEM hive.
func (e Edition) system(drivers []driver) (string, error) {
	nt, _ := e.NT()
	sets, base := "{1,2}", "edition6"
	switch {
	case nt < 500:
		base = "edition4"
	case nt < 600:
		base = "edition5"
	case nt >= 602:
		sets = "1"
	}
	text, err := testdata.ReadFile("testdata/" + base + ".reg")
	if err != nil {
		return "", err
	}
	lastGood := 2
	if sets == "1" {
		lastGood = 1
	}
	w := regWriter{root: `HKEY_LOCAL_MACHINE\SYSTEM`}
	w.key(`Select`, `"Current"=dword:00000001`, `"Default"=dword:00000001`, `"Failed"=dword:00000000`, fmt.Sprintf(`"LastKnownGood"=dword:%08x`, lastGood))
	w.key(`Setup`, `"SystemSetupInProgress"=dword:00000000`, `"SystemPartition"="\\Device\\HarddiskVolume1"`, `"OsLoaderPath"="\\"`)
	w.key(`MountedDevices`, `"\\DosDevices\\C:"=`+regHex(3, e.mounted()))
	set := `ControlSet00` + sets
	w.key(set+`\Control`, `"SystemBootDevice"="multi(0)disk(0)rdisk(0)partition(1)"`)
	w.key(set+`\Control\ComputerName\ComputerName`, `"ComputerName"="PATIENT"`)
	w.key(set+`\Control\ProductOptions`, `"ProductType"="`+e.Type+`"`)
	w.key(set+`\Control\Session Manager\Environment`, `"PROCESSOR_ARCHITECTURE"="`+map[string]string{"x86": "x86", "x64": "AMD64", "arm64": "ARM64"}[e.Arch]+`"`)
	w.key(set+`\Control\ServiceGroupOrder`, `"List"=`+regHex(7, multi("System Reserved", "Boot Bus Extender", "System Bus Extender",
		"SCSI miniport", "Port", "Primary Disk", "SCSI Class", "SCSI CDROM Class", "Filter", "Boot file system", "Base")))
	for _, d := range drivers {
		if d.group != "-" {
			e.service(&w, set, d)
		}
		if nt >= 602 {
			continue
		}
		for _, id := range d.critical {
			w.key(set+`\Control\CriticalDeviceDatabase\`+strings.ReplaceAll(id, `\`, "#"), `"Service"="`+d.service+`"`, `"ClassGUID"="`+classes[d.class]+`"`)
		}
	}
	if nt >= 602 {
		e.database(&w, drivers)
	}
	return strings.ReplaceAll(string(text), "{1,2}", sets) + "\n" + w.text.String(), nil
}

// service is the key of a driver that is off.
func (e Edition) service(w *regWriter, set string, d driver) {
	nt, _ := e.NT()
	values := []string{`"Type"=dword:00000001`, `"ErrorControl"=dword:00000001`, fmt.Sprintf(`"Start"=dword:%08x`, e.off()), `"Group"="` + d.group + `"`}
	if d.tag != "-" {
		var tag int
		fmt.Sscan(d.tag, &tag)
		values = append(values, fmt.Sprintf(`"Tag"=dword:%08x`, tag))
	}
	if d.where == "drivers" && nt >= 500 || nt >= 600 {
		values = append(values, `"ImagePath"=str(2):"system32\\drivers\\`+d.service+`.sys"`)
	}
	w.key(set+`\Services\`+d.service, values...)
	if nt >= 602 {
		w.key(set+`\Services\`+d.service+`\StartOverride`, `"0"=dword:00000003`)
	}
}

// database is the driver database of Windows 8 and later, shaped as in hives of
// 8.1 and 10: device id -> INF -> package -> configuration -> service.
func (e Edition) database(w *regWriter, drivers []driver) {
	version := "0a000000"
	if nt, _ := e.NT(); nt < 1000 {
		version = "06030000"
	}
	w.key(`DriverDatabase`, `"Version"=dword:`+version, `"Architecture"=dword:0000000`+map[string]string{"x86": "0", "x64": "9", "arm64": "c"}[e.Arch])
	configs := map[string][]string{}
	var infs []string
	for _, d := range drivers {
		if configs[d.inf] == nil {
			infs = append(infs, d.inf)
		}
		configs[d.inf] = append(configs[d.inf], d.service+"_Inst")
		pkg := `DriverDatabase\DriverPackages\` + e.pkg(d.inf)
		w.key(pkg+`\Configurations\`+d.service+`_Inst`, `"ConfigFlags"=dword:00000000`, `"Service"="`+d.service+`"`)
		for _, id := range d.critical {
			w.key(`DriverDatabase\DeviceIds\`+id, `"`+d.inf+`"=hex:01,ff,00,00`)
			w.key(pkg+`\Descriptors\`+id, `"Configuration"="`+d.service+`_Inst"`)
		}
	}
	for _, inf := range infs {
		w.key(`DriverDatabase\DriverPackages\`+e.pkg(inf), `@="`+inf+`"`, `"Provider"="Microsoft"`, `"SignerScore"=dword:0d000003`)
		w.key(`DriverDatabase\DriverInfFiles\`+inf, `@=`+regHex(7, multi(e.pkg(inf))), `"Active"="`+e.pkg(inf)+`"`, `"Configurations"=`+regHex(7, multi(configs[inf]...)))
	}
}

// pkg is the name of a package folder: name, processor and a number that is
// made up here.
func (e Edition) pkg(inf string) string {
	h := fnv.New64a()
	fmt.Fprint(h, inf, e.Version, e.Arch)
	arch := map[string]string{"x86": "x86", "x64": "amd64", "arm64": "arm64"}[e.Arch]
	if nt, _ := e.NT(); nt < 602 {
		arch += "_neutral"
	}
	return fmt.Sprintf("%s_%s_%016x", inf, arch, h.Sum64())
}

// software is the text of the SOFTWARE hive.
func (e Edition) software() string {
	nt, build := e.NT()
	current := fmt.Sprintf("%d.%d", nt/100, nt%100)
	w := regWriter{root: `HKEY_LOCAL_MACHINE\SOFTWARE`}
	values := []string{`"ProductName"="` + e.Title + `"`, fmt.Sprintf(`"CurrentBuildNumber"="%d"`, build),
		`"SystemRoot"="C:` + strings.ReplaceAll(e.root(), `\`, `\\`) + `"`, `"CurrentType"="Multiprocessor Free"`}
	if nt >= 600 {
		values = append(values, `"InstallationType"="`+map[string]string{"WinNT": "Client", "ServerNT": "Server"}[e.Type]+`"`)
	}
	if nt >= 1000 {
		current = "6.3"
		values = append(values, fmt.Sprintf(`"CurrentMajorVersionNumber"=dword:%08x`, nt/100), fmt.Sprintf(`"CurrentMinorVersionNumber"=dword:%08x`, nt%100))
	}
	w.key(`Microsoft\Windows NT\CurrentVersion`, append(values, `"CurrentVersion"="`+current+`"`)...)
	w.key(`Microsoft\Windows\CurrentVersion`, `"ProgramFilesDir"="C:\\Program Files"`)
	return w.text.String()
}

// regWriter makes .reg text.
type regWriter struct {
	root string
	text strings.Builder
}

func (w *regWriter) key(path string, values ...string) {
	fmt.Fprintf(&w.text, "[%s\\%s]\n%s\n\n", w.root, path, strings.Join(values, "\n"))
}

// regHex is a value of a type in the text form.
func regHex(kind int, data []byte) string {
	var all []string
	for _, b := range data {
		all = append(all, hex.EncodeToString([]byte{b}))
	}
	return fmt.Sprintf("hex(%x):%s", kind, strings.Join(all, ","))
}

// multi is the data of a REG_MULTI_SZ.
func multi(texts ...string) []byte {
	var b []byte
	for _, t := range texts {
		b = append(b, wide(t)...)
	}
	return append(b, 0, 0)
}
