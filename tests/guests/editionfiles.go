package guests

import "strings"

// files are the driver files of the edition, each where inbox.txt says.
func (e Edition) files(drivers []driver) []Entry {
	var all []Entry
	var cab []string
	pe := func(path string) { all = append(all, Entry{Kind: PE, Path: path, Arg: e.Arch, Version: e.Version}) }
	folder := e.system32() + `\drivers\`
	for _, d := range drivers {
		name := d.service + ".sys"
		switch d.where {
		case "drivers":
			pe(folder + name)
		case "cab":
			cab = append(cab, name)
		}
		if nt, _ := e.NT(); nt >= 600 && d.inf != "-" {
			store := e.system32() + `\DriverStore\FileRepository\` + e.pkg(d.inf) + `\`
			pe(store + name)
			all = append(all, Entry{Kind: Text, Path: store + d.inf, Data: []byte("; stands for " + d.inf + "\r\n")})
		}
	}
	nt, _ := e.NT()
	switch {
	case nt >= 600:
		ports := []string{"ataport", "pciidex"}
		if e.Arch == "arm64" {
			ports = nil
		}
		for _, port := range ports {
			pe(folder + port + ".sys")
		}
	case nt >= 500:
		all = append(all, e.driverCache(cab)...)
	}
	return all
}

// driverCache are the cabinets of Windows 2000 to 2003: driver.cab as released,
// and that of the service pack with newer files.
func (e Edition) driverCache(names []string) []Entry {
	released := map[string]string{"5.0": "5.0.2195.1", "5.1": "5.1.2600.0", "5.2": "5.2.3790.0"}[e.Version[:3]]
	pack := map[string]string{"5.0": "sp4.cab", "5.1": "sp3.cab", "5.2": "sp2.cab"}[e.Version[:3]]
	folder := e.root() + `\Driver Cache\` + map[string]string{"x86": "i386", "x64": "amd64"}[e.Arch] + `\`
	return []Entry{
		{Kind: Cab, Path: folder + "driver.cab", Arg: e.Arch + " " + strings.Join(names, " "), Version: released},
		{Kind: Cab, Path: folder + pack, Arg: e.Arch + " " + strings.Join(names, " "), Version: e.Version},
	}
}
