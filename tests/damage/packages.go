package damage

import (
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/tests/guests"
)

// A driver of another maker, vendordsk.sys, that came in a package of its own: the store
// has the package, the INF folder a copy of its INF file, and the registry knows the
// device that was installed from it.

const (
	vendorSys    = system32 + `drivers\vendordsk.sys`
	repository   = system32 + `DriverStore\FileRepository\`
	vendorHash   = "0a1b2c3d4e5f6071"
	vendorOlder  = "71605f4e3d2c1b0a"
	vendorINF    = "oem77.inf"
	vendorDevice = `PCI\VEN_1BAD&DEV_0001&SUBSYS_00000000&REV_01\3&13c0b0c5&0&28`
)

// packageDamages take the driver's file away, or never had it.
func packageDamages() []Damage {
	const id = "boot-driver-file-missing"
	files, places := []string{"./Windows/System32/drivers/vendordsk.sys"}, []Place{DriverFiles, Files}
	lost := without(vendorSys)
	off := []string{`vendordsk\"Start"=dword:00000004`, `vendordsk\"Type"=dword:00000001`, `vendordsk\"ErrorControl"=dword:00000003`}
	return []Damage{
		{Name: id + "/package", Finding: id, Repaired: true, Guest: "win7-x64", Guests: nt6, Touches: places, Files: files,
			base: both(vendorDriver(3), vendorPackage(vendorHash, "2.1.0.7"), vendorInstalled(vendorHash, "2.1.0.7")), describe: lost},
		{Name: id + "/package-harmless", Finding: id, Repaired: true, OnRequest: true, Guest: "win10-x64", Guests: nt6, Touches: places, Files: files,
			base: both(vendorDriver(1), vendorPackage(vendorHash, "2.1.0.7"), vendorInstalled(vendorHash, "2.1.0.7")), describe: lost},
		{Name: id + "/package-only-name", Finding: id, Repaired: true, OnRequest: true, Guest: "win10-x64", Guests: nt6, Touches: places, Files: files,
			base: both(vendorDriver(3), vendorPackage(vendorHash, "2.1.0.7")), describe: lost},
		{Name: id + "/package-newer", Finding: id, Repaired: true, OnRequest: true, Guest: "win10-x64", Guests: nt6, Touches: places, Files: files,
			base: both(vendorDriver(3), vendorPackage(vendorOlder, "1.9.0.2"), vendorPackage(vendorHash, "2.1.0.7"), vendorInstalled(vendorHash, "2.1.0.7")), describe: lost},
		{Name: id + "/package-locked", Finding: id, Repaired: true, NotReal: true, Guest: "win10-x64", Guests: since8, Touches: places, Files: files,
			base: both(vendorDriver(3), vendorPackage(vendorOlder, "1.9.0.2"), vendorPackage(vendorHash, "2.1.0.7"), vendorInstalled(vendorHash, "2.1.0.7"), vendorLocked(vendorHash)), describe: lost},
		{Name: id + "/package-owners", Finding: id, Repaired: true, NotReal: true, Guest: "win10-x64", Guests: since8, Touches: places, Files: files,
			base: both(vendorDriver(3), vendorOwned, vendorPackage(vendorHash, "2.1.0.7"), vendorPublished(vendorHash, "2.1.0.7"), vendorLocked(vendorHash)), describe: lost},
		{Name: id + "/package-other-inf", Finding: id, Repaired: true, OnRequest: true, Guest: "win10-x64", Guests: nt6, Touches: places, Files: files,
			base: both(vendorDriver(3), vendorPackage(vendorHash, "2.1.0.7"), vendorInstalled(vendorHash, "2.2.0.0")), describe: lost},
		{Name: id + "/package-filter", Finding: id, Repaired: true, NotReal: true, Guest: "win10-x64", Guests: since8, Touches: places, Files: files,
			base: both(vendorDriver(1), vendorOwned, vendorPackage(vendorHash, "2.1.0.7"), vendorPublished(vendorHash, "2.1.0.7"), vendorLocked(vendorHash), filters(`Control\Class\{4d36e967-e325-11ce-bfc1-08002be10318}`, "UpperFilters", "vendordsk")), describe: lost},
		{Name: id + "/package-inbox", Finding: id, Repaired: true, Guest: "win7-x64", Guests: nt6, Touches: places, Files: files,
			base: both(vendorDriver(3), vendorPackage(vendorHash, "2.1.0.7"), publishedAs("vendordsk.inf", vendorHash, "2.1.0.7"), deviceOf("vendordsk.inf", "Vendor")), describe: lost},
		{Name: id + "/package-subfolder", Finding: id, Repaired: true, Guest: "win7-x64", Guests: nt6, Touches: places, Files: files,
			base: both(vendorDriver(3), vendorPackage(vendorHash, "2.1.0.7"), inSubfolder, vendorInstalled(vendorHash, "2.1.0.7")), describe: lost},
		{Name: id + "/package-of-windows", Finding: id, Repaired: true, Guest: "win10-x64", Guests: nt6, Touches: []Place{OtherServices, Files},
			base: both(vendorPackage(vendorHash, "2.1.0.7"), publishedAs("vendordsk.inf", vendorHash, "2.1.0.7"), deviceOf("vendordsk.inf", "Microsoft")), describe: bootService("vendordsk", 3), Rest: off},
		{Name: id + "/package-two", Finding: id, Repaired: true, Guest: "win10-x64", Guests: nt6, Touches: []Place{OtherServices, Files},
			base: both(vendorPackage(vendorOlder, "1.9.0.2"), vendorPackage(vendorHash, "2.1.0.7")), describe: bootService("vendordsk", 3), Rest: off},
		{Name: id + "/package-without", Finding: id, Repaired: true, Guest: "win10-x64", Guests: since8, Touches: []Place{OtherServices, Files},
			base: both(vendorPackage(vendorOlder, "1.9.0.2"), vendorInstalled(vendorHash, "2.1.0.7")), describe: bootService("vendordsk", 3), Rest: off},
		{Name: id + "/package-other-machine", Finding: id, Repaired: true, Guest: "win10-x64", Guests: nt6, Touches: []Place{OtherServices, Files},
			base: both(vendorPackage(vendorHash, "2.1.0.7"), packageForOtherMachine, vendorInstalled(vendorHash, "2.1.0.7")), describe: bootService("vendordsk", 3), Rest: off},
	}
}

// vendorDriver adds service and file.
func vendorDriver(errorControl int) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		return both(bootService("vendordsk", errorControl), program(vendorSys, vendorArch(g), "2.1.0.7"))(g)
	}
}

func vendorArch(g *guests.Guest) string {
	_, e := g.Find(0, system32+"cmd.exe")
	return e.Arg
}

// vendorFolder is the folder of a package as this Windows names it.
func vendorFolder(g *guests.Guest, hash string) string {
	if slices.Contains(vista7, guests.Synthetic(g.Name)) {
		return "vendordsk.inf_" + storeArch(g) + "_neutral_" + hash
	}
	return "vendordsk.inf_" + storeArch(g) + "_" + hash
}

func vendorText(version string) []byte {
	return []byte("[Version]\r\nSignature=\"$Windows NT$\"\r\nClass=System\r\nProvider=\"Vendor\"\r\nDriverVer=03/14/2016," + version + "\r\n")
}

// vendorPackage puts a package into the store.
func vendorPackage(hash, version string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		n, _ := g.SystemHive()
		dir := repository + vendorFolder(g, hash) + `\`
		return program(dir+"vendordsk.sys", vendorArch(g), version)(g).With(n, guests.Entry{Kind: guests.File, Path: dir + "vendordsk.inf", Data: vendorText(version)})
	}
}

// inSubfolder moves the file of the package one folder down, beside one for another processor.
func inSubfolder(g *guests.Guest) *guests.Guest {
	dir := repository + vendorFolder(g, vendorHash) + `\`
	g = both(copiedTo(dir+"vendordsk.sys", dir+`this\vendordsk.sys`), copiedTo(dir+"vendordsk.sys", dir+`other\vendordsk.sys`))(g)
	return forOtherMachine(dir + `other\vendordsk.sys`)(g.Without(dir + "vendordsk.sys"))
}

// packageForOtherMachine makes the file in the store one for another processor.
func packageForOtherMachine(g *guests.Guest) *guests.Guest {
	return forOtherMachine(repository + vendorFolder(g, vendorHash) + `\vendordsk.sys`)(g)
}

// vendorPublished puts the INF file into the INF folder, and from 8 on the package into the
// driver database.
func vendorPublished(hash, version string) func(*guests.Guest) *guests.Guest {
	return publishedAs(vendorINF, hash, version)
}

func publishedAs(inf, hash, version string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		n, e := g.SystemHive()
		g = g.With(n, guests.Entry{Kind: guests.File, Path: `\Windows\INF\` + inf, Data: vendorText(version)})
		if slices.Contains(vista7, guests.Synthetic(g.Name)) {
			return g
		}
		folder := vendorFolder(g, hash)
		return g.WithReg(e.Path, fmt.Sprintf("[%[1]s\\DriverDatabase\\DriverInfFiles\\%[2]s]\n@=hex(7):%[3]s\n\"Active\"=\"%[4]s\"\n\n[%[1]s\\DriverDatabase\\DriverPackages\\%[4]s]\n@=\"%[2]s\"\n",
			e.Prefix, inf, hexMulti(folder), folder))
	}
}

// vendorInstalled is vendorPublished, and a device that was installed from it.
func vendorInstalled(hash, version string) func(*guests.Guest) *guests.Guest {
	return both(vendorPublished(hash, version), deviceOf(vendorINF, "Vendor"))
}

// deviceOf is a device of the driver that an INF file of that provider installed.
func deviceOf(inf, provider string) func(*guests.Guest) *guests.Guest {
	const driver = `{4d36e97d-e325-11ce-bfc1-08002be10318}\\0177`
	return both(
		reg("[$\\Enum\\%s]\n\"ConfigFlags\"=dword:00000000\n\"Service\"=\"vendordsk\"\n\"ClassGUID\"=\"{4d36e97d-e325-11ce-bfc1-08002be10318}\"\n\"Driver\"=\"%s\"\n", vendorDevice, driver),
		reg("[$\\Control\\Class\\{4d36e97d-e325-11ce-bfc1-08002be10318}\\0177]\n\"InfPath\"=\"%s\"\n\"ProviderName\"=\"%s\"\n", inf, provider))
}

// vendorOwned names the INF file in the key of the service.
func vendorOwned(g *guests.Guest) *guests.Guest {
	return reg("[$\\Services\\vendordsk]\n\"Owners\"=hex(7):%s\n", hexMulti(vendorINF))(g)
}

// vendorLocked has SOFTWARE name the file of a package as the source.
func vendorLocked(hash string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		return softwareReg(g, fmt.Sprintf("[$\\Microsoft\\Windows\\CurrentVersion\\Setup\\PnpLockdownFiles\\%%SystemRoot%%/System32/drivers/vendordsk.sys]\n\"Class\"=dword:00000004\n\"Owners\"=hex(7):%s\n\"Source\"=str(2):\"%%SystemRoot%%\\\\System32\\\\DriverStore\\\\FileRepository\\\\%s\\\\vendordsk.sys\"\n",
			hexMulti(vendorINF), vendorFolder(g, hash)))
	}
}
