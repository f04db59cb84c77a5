package damage

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bootmend/bootmend/tests/guests"
)

// System files of Vista and later, and what the component store has of them.

const system32 = `\Windows\System32\`

// componentDamages are those of files that the loader and the kernel load.
func componentDamages() []Damage {
	const id = "system-file-missing"
	// Which version is in use is read in SOFTWARE.
	registry := []Place{systemFiles[0], Files}
	x64 := []string{"win7-x64-uefi", "winvista-x64-uefi", "win81-x64", "win81-x64-uefi", "win10-x64", "win10-x64-bios", "win11-x64", "win11-x64-bios"}
	return []Damage{
		{Name: id + "/vista-kernel", Finding: id, Fixed: true, Guest: "win7-x64", Guests: nt6, Touches: registry,
			base: servicedAs("microsoft-windows-os-kernel", "ntoskrnl.exe"), describe: without(system32 + "ntoskrnl.exe")},
		{Name: id + "/vista-hal", Finding: id, Fixed: true, Guest: "win10-x64", Guests: append(x64, "win7-x64"), Touches: registry,
			base: servicedAs("microsoft-windows-hal", "hal.dll"), describe: hollow(system32 + "hal.dll")},
		{Name: id + "/vista-hal-32", Finding: id, Fixed: true, Guest: "winvista-x86", Guests: []string{"win7-x86"}, Touches: registry,
			base: setHAL("halmacpi.dll"), describe: hollow(system32 + "hal.dll")},
		{Name: id + "/vista-wrong-machine", Finding: id, Fixed: true, Guest: "win81-x64", Guests: nt6, Touches: registry,
			base: servicedAs("microsoft-windows-ntdll", "ntdll.dll"), describe: forOtherMachine(system32 + "ntdll.dll")},
		{Name: id + "/vista-imported", Finding: id, Fixed: true, Guest: "win11-x64", Guests: nt6, Touches: registry,
			base: servicedAs("microsoft-windows-hal-pshed", "pshed.dll"), describe: without(system32 + "pshed.dll")},
		{Name: id + "/vista-cut", Finding: id, Fixed: true, Guest: "win10-x64-bios", Guests: nt6, Touches: registry,
			base: servicedAs("microsoft-windows-codeintegrity", "ci.dll"), describe: content("MZ"+noProgram, system32+"ci.dll")},
		{Name: id + "/vista-kernel-wrong-machine", Finding: id, Fixed: true, Guest: "win81-x64", Guests: nt6, Touches: registry,
			base: servicedAs("microsoft-windows-os-kernel", "ntoskrnl.exe"), describe: forOtherMachine(system32 + "ntoskrnl.exe")},
		{Name: id + "/vista-checksum", Finding: id, Fixed: true, OnRequest: true, Guest: "win10-x64", Guests: nt6, Touches: registry,
			base: servicedAs("microsoft-windows-codeintegrity", "ci.dll"), describe: wrongChecksum(system32 + "ci.dll")},
		{Name: id + "/vista-driver-store", Finding: id, Fixed: true, Guest: "win10-x64", Touches: append(registry, DriverFiles),
			base:     both(copiedTo(system32+`drivers\clfs.sys`, system32+`DriverStore\FileRepository\clfs.inf_amd64_0123456789abcdef\clfs.sys`), ownRevision),
			describe: hollow(system32 + `drivers\clfs.sys`)},
		{Name: id + "/vista-winner", Finding: id, Fixed: true, Guest: "win7-x64", Guests: nt6, Touches: registry,
			base:     both(inComponent("microsoft-windows-ntdll", 0, "ntdll.dll"), inComponent("microsoft-windows-ntdll", 400, "ntdll.dll"), winner("microsoft-windows-ntdll", 0)),
			describe: content(noProgram, system32+"ntdll.dll")},
		{Name: id + "/vista-sibling", Finding: id, Fixed: true, Guest: "win7-x64", Guests: vista7, Touches: systemFiles,
			base:     both(inComponent("microsoft-windows-bootvid", 0, "bootvid.dll", "kdcom.dll"), inComponent("microsoft-windows-bootvid", 4000, "bootvid.dll", "kdcom.dll")),
			describe: without(system32 + "bootvid.dll")},
		{Name: id + "/vista-update-revision", Finding: id, Fixed: true, Guest: "win10-x64", Guests: []string{"win10-x64-bios", "win11-x64", "win11-x64-bios"}, Touches: registry,
			base: both(inComponent("microsoft-windows-kd", 0, "kdcom.dll"), inComponent("microsoft-windows-kd", -1, "kdcom.dll"), inComponent("microsoft-windows-kd", 600, "kdcom.dll"),
				ownRevision),
			describe: without(system32 + "kdcom.dll")},
		{Name: id + "/vista-compact-os", Finding: id, Fixed: true, Guest: "win10-x64", Guests: since8, Touches: registry,
			base: servicedAs("microsoft-windows-os-kernel", "ntoskrnl.exe"), describe: hollow(system32 + "ntoskrnl.exe"), image: overlaid("microsoft-windows-os-kernel", "ntoskrnl.exe")},
		{Name: id + "/vista-enabled", Finding: id, Fixed: true, Guest: "win11-x64", Guests: []string{"win11-x64-bios"}, Touches: registry,
			base: both(servicedAs("microsoft-windows-ntdll", "ntdll.dll"), shownBuild("22631")), describe: without(system32 + "ntdll.dll")},
		{Name: id + "/vista-not-serviced", Finding: id, Fixed: true, Guest: "win7-x64", Guests: []string{"win7-x64-uefi"}, Touches: registry,
			base: both(ofEarlierPack("microsoft-windows-pshed", "pshed.dll"), winnerIs("microsoft-windows-pshed", sevenRTM)), describe: without(system32 + "pshed.dll")},
		{Name: id + "/vista-not-serviced-sibling", Finding: id, Fixed: true, Guest: "win7-x64", Touches: systemFiles,
			base: ofEarlierPack("microsoft-windows-bootvid", "bootvid.dll", "kdcom.dll"), describe: without(system32 + "bootvid.dll")},
		{Name: id + "/vista-session-manager", Finding: id, Fixed: true, Guest: "win10-x64", Guests: nt6, Touches: registry,
			base: servicedAs("microsoft-windows-smss", "smss.exe"), describe: without(system32 + "smss.exe")},
		{Name: id + "/vista-csrss", Finding: id, Fixed: true, Guest: "win7-x64", Guests: nt6, Touches: registry,
			base: servicedAs("microsoft-windows-csrss", "csrss.exe"), describe: hollow(system32 + "csrss.exe")},
		{Name: id + "/vista-lsass", Finding: id, Aside: true, Guest: "win7-x64", Guests: nt6, Touches: systemFiles, describe: forOtherMachine(system32 + "lsass.exe")},
		{Name: id + "/7-api-sets", Finding: id, Fixed: true, Guest: "win7-x64", Guests: slices.Concat(since8, []string{"win7-x86", "win7-x64-uefi"}), Touches: registry,
			base: servicedAs("microsoft-windows-apisetschema", "apisetschema.dll"), describe: without(system32 + "apisetschema.dll")},
		{Name: id + "/vista-no-api-sets", Harmless: true, Guest: "winvista-x86", describe: without(system32 + "apisetschema.dll")},
		{Name: id + "/vista-looks", Harmless: true, Guest: "win10-x64", describe: both(
			pe(system32+"ntoskrnl.exe", "x64", "10.0.16299.15", "ntkrnlmp.exe", "tm.sys", "ext-ms-win-fs-clfs-l1-1-0.dll", "api-ms-win-core-version-l1-1-0.dll", "ci.dll"),
			program(system32+`drivers\tm.sys`, "x64", "10.0.16299.15"), inComponent("microsoft-windows-ntdll", 400, "ntdll.dll"), updateRevision(15))},

		{Name: id + "/vista-nowhere", Finding: id, Aside: true, Guest: "win7-x64", Guests: nt6, Touches: systemFiles, describe: without(system32 + "ntoskrnl.exe")},
		{Name: id + "/vista-only-version", Finding: id, Fixed: true, OnRequest: true, Guest: "win7-x64", Touches: registry,
			base: inComponent("microsoft-windows-ntdll", 0, "ntdll.dll"), describe: without(system32 + "ntdll.dll")},
		{Name: id + "/vista-rename-waits", Finding: id, Fixed: true, OnRequest: true, Guest: "win7-x64", Touches: registry,
			base: both(servicedAs("microsoft-windows-ntdll", "ntdll.dll"), renameWaits), describe: without(system32 + "ntdll.dll")},
		{Name: id + "/vista-other-build", Finding: id, Aside: true, Guest: "win10-x64", Touches: registry,
			describe: both(program(`\Windows\WinSxS\amd64_microsoft-windows-ntdll_31bf3856ad364e35_10.0.15063.15_none_0123456789abcdef\ntdll.dll`, "x64", "10.0.15063.15"), without(system32+"ntdll.dll"))},
		{Name: id + "/vista-enabled-too-new", Finding: id, Aside: true, Guest: "win11-x64", Touches: registry,
			describe: both(inComponent("microsoft-windows-ntdll", 400, "ntdll.dll"), winner("microsoft-windows-ntdll", 400), shownBuild("22631"), ownRevision, without(system32+"ntdll.dll"))},
		{Name: id + "/vista-enabled-elsewhere", Finding: id, Aside: true, Guest: "win11-x64", Touches: registry,
			describe: both(servicedAs("microsoft-windows-ntdll", "ntdll.dll"), shownBuild("22632"), without(system32+"ntdll.dll"))},
		{Name: id + "/vista-earlier-pack", Finding: id, Aside: true, Guest: "win7-x64", Touches: systemFiles,
			describe: both(ofEarlierPack("microsoft-windows-pshed", "pshed.dll"), without(system32+"pshed.dll"))},
		{Name: id + "/vista-pack-replaced", Finding: id, Aside: true, Guest: "win7-x64", Touches: registry,
			describe: both(inComponent("microsoft-windows-pshed", 0, "pshed.dll"), ofEarlierPack("microsoft-windows-pshed", "pshed.dll"), winnerIs("microsoft-windows-pshed", sevenRTM), without(system32+"pshed.dll"))},
		{Name: id + "/vista-pack-beside", Finding: id, Aside: true, Guest: "win7-x64", Touches: systemFiles,
			describe: both(inComponent("microsoft-windows-bootvid", 0, "bootvid.dll"), ofEarlierPack("microsoft-windows-bootvid", "bootvid.dll", "kdcom.dll"), without(system32+"bootvid.dll"))},
		{Name: id + "/vista-sibling-against", Finding: id, Aside: true, Guest: "win7-x64", Touches: registry,
			describe: both(inComponent("microsoft-windows-bootvid", 4000, "bootvid.dll", "kdcom.dll"), winner("microsoft-windows-bootvid", 4000), without(system32+"bootvid.dll"))},
		{Name: id + "/vista-winner-too-new", Finding: id, Aside: true, Guest: "win10-x64", Touches: registry,
			describe: both(inComponent("microsoft-windows-ntdll", 400, "ntdll.dll"), winner("microsoft-windows-ntdll", 400), ownRevision, without(system32+"ntdll.dll"))},
		{Name: id + "/vista-two-components", Finding: id, Aside: true, Guest: "win10-x64", Touches: registry,
			describe: both(inComponent("microsoft-windows-ntdll", 0, "ntdll.dll"), inComponent("microsoft-onecore-ntdll", 0, "ntdll.dll"), ownRevision, without(system32+"ntdll.dll"))},
		{Name: id + "/vista-oem-package", Finding: id, Aside: true, Guest: "win10-x64", Touches: append(registry, DriverFiles),
			describe: both(copiedTo(system32+`drivers\clfs.sys`, system32+`DriverStore\FileRepository\oem7.inf_amd64_0123456789abcdef\clfs.sys`), ownRevision, without(system32+`drivers\clfs.sys`))},
		{Name: id + "/vista-two-versions", Finding: id, Aside: true, Guest: "win7-x64", Guests: nt6, Touches: registry,
			describe: both(inComponent("microsoft-windows-ntdll", 0, "ntdll.dll"), inComponent("microsoft-windows-ntdll", 4000, "ntdll.dll"), without(system32+"ntdll.dll"))},
		{Name: id + "/vista-both-damaged", Finding: id, Aside: true, Guest: "win10-x64", Guests: nt6, Touches: registry,
			describe: both(inComponent("microsoft-windows-ntdll", -1, "ntdll.dll"), content(noProgram, system32+"ntdll.dll"), inComponent("microsoft-windows-ntdll", 0, "ntdll.dll"), winner("microsoft-windows-ntdll", 0))},
		{Name: id + "/vista-difference", Finding: id, Aside: true, Guest: "win10-x64", Guests: since8, Touches: systemFiles,
			describe: both(content("PA30"+noProgram, system32+"ntdll.dll"), inComponent("microsoft-windows-ntdll", 0, "ntdll.dll"))},
		{Name: id + "/vista-other-machine", Finding: id, Aside: true, Guest: "win11-x64", Guests: nt6, Touches: systemFiles,
			describe: both(forOtherMachine(system32+"ntdll.dll"), inComponent("microsoft-windows-ntdll", 0, "ntdll.dll"))},
		{Name: id + "/vista-update-waits", Finding: id, Aside: true, Guest: "win10-x64", Touches: registry,
			describe: both(inComponent("microsoft-windows-kd", -1, "kdcom.dll"), inComponent("microsoft-windows-kd", 400, "kdcom.dll"), updateRevision(500), pendingUpdate, without(system32+"kdcom.dll"))},
	}
}

// wrongChecksum gives a program without a checksum one that is wrong.
func wrongChecksum(path string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		_, e := g.Find(0, path)
		data, err := guests.StandIn(e.Arg, e.Version)
		if err != nil {
			panic(err)
		}
		// The optional header begins 24 bytes behind "PE", the checksum 64 bytes later.
		at := int(data[0x3C]) + 24 + 64
		data[at] = 1
		return content(string(data), path)(g)
	}
}

// componentVersion is the version of the guest's system files, with another last
// number.
func componentVersion(g *guests.Guest, newer int) string {
	_, e := g.Find(0, system32+"cmd.exe")
	cut := strings.LastIndexByte(e.Version, '.')
	n, err := strconv.Atoi(e.Version[cut+1:])
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("%s.%d", e.Version[:cut], n+newer)
}

// storeArch is how the store names the processor of the guest.
func storeArch(g *guests.Guest) string {
	_, e := g.Find(0, system32+"cmd.exe")
	return map[string]string{"x86": "x86", "x64": "amd64", "arm64": "arm64"}[e.Arg]
}

const signedBy, hashed = "31bf3856ad364e35", "0123456789abcdef"

func componentFolder(g *guests.Guest, component string, newer int) string {
	return folderOf(g, component, componentVersion(g, newer))
}

func folderOf(g *guests.Guest, component, version string) string {
	return fmt.Sprintf(`\Windows\WinSxS\%s_%s_%s_%s_none_%s\`, storeArch(g), component, signedBy, version, hashed)
}

// sevenRTM is what Windows 7 has of components that its service pack did not change.
const sevenRTM = "6.1.7600.16385"

// ofEarlierPack gives files of system32 the version from before the service pack, there
// and in the component store.
func ofEarlierPack(component string, names ...string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		for _, name := range names {
			n, e := g.Find(0, system32+name)
			live := *e
			live.Version = sevenRTM
			stored := live
			stored.Path = folderOf(g, component, sevenRTM) + name
			g = g.Without(live.Path).With(n, live).With(n, stored)
		}
		return g
	}
}

// shownBuild is the build that Windows shows of itself, while its files keep theirs.
func shownBuild(n string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		return softwareReg(g, fmt.Sprintf("[$\\Microsoft\\Windows NT\\CurrentVersion]\n\"CurrentBuildNumber\"=\"%s\"\n\"CurrentBuild\"=\"%s\"\n", n, n))
	}
}

// inComponent keeps files of system32 in the component store as they are now, by a
// version that is newer or older by as much.
func inComponent(component string, newer int, names ...string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		for _, name := range names {
			n, e := g.Find(0, system32+name)
			c := *e
			c.Path = componentFolder(g, component, newer) + name
			if c.Kind == guests.PE {
				c.Version = componentVersion(g, newer)
			}
			g = g.With(n, c)
		}
		return g
	}
}

// servicedAs keeps files of system32 in the component store, and SOFTWARE names their version
// as Windows has it for every component.
func servicedAs(component string, names ...string) func(*guests.Guest) *guests.Guest {
	return both(inComponent(component, 0, names...), winner(component, 0))
}

// winner names the version of a component that is in use.
func winner(component string, newer int) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		return winnerIs(component, componentVersion(g, newer))(g)
	}
}

func winnerIs(component, v string) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		parts := strings.Split(v, ".")
		return softwareReg(g, fmt.Sprintf("[$\\Microsoft\\Windows\\CurrentVersion\\SideBySide\\Winners\\%s_%s_%s_none_%s\\%s.%s]\n@=\"%s\"\n",
			storeArch(g), component, signedBy, hashed, parts[0], parts[1], v))
	}
}

// updateRevision is the last number that Windows shows of itself.
func updateRevision(n int) func(*guests.Guest) *guests.Guest {
	return func(g *guests.Guest) *guests.Guest {
		return softwareReg(g, fmt.Sprintf("[$\\Microsoft\\Windows NT\\CurrentVersion]\n\"UBR\"=dword:%08x\n", n))
	}
}

// ownRevision is the update revision that the guest's system files have.
func ownRevision(g *guests.Guest) *guests.Guest {
	v := componentVersion(g, 0)
	n, err := strconv.Atoi(v[strings.LastIndexByte(v, '.')+1:])
	if err != nil {
		panic(err)
	}
	return updateRevision(n)(g)
}

// renameWaits lets the session manager delete one file of the servicing stack at the next
// start and move another.
func renameWaits(g *guests.Guest) *guests.Guest {
	return reg("[$\\Control\\Session Manager]\n\"PendingFileRenameOperations\"=hex(7):%s\n", hexMulti(`\??\C:\Windows\Temp\a.tmp`, "", `\??\C:\Windows\WinSxS\Temp\ntdll.dll`, `\??\C:\Windows\System32\ntdll.dll`))(g)
}

// softwareReg merges text into SOFTWARE, where the guest still has it.
func softwareReg(g *guests.Guest, text string) *guests.Guest {
	path := system32 + `config\SOFTWARE`
	_, e := g.Find(0, path)
	if e == nil || e.Kind != guests.Hive {
		return g
	}
	return g.WithReg(path, strings.ReplaceAll(text, "$", e.Prefix))
}

// overlaid lets the Windows Overlay Filter have the copy in the store, as CompactOS
// does: its content is in a stream of its own, one chunk that is not compressed,
// and a reparse point says so.
func overlaid(component, name string) func(target) error {
	return func(t target) error {
		path := strings.ReplaceAll((componentFolder(t.guest, component, 0) + name)[1:], `\`, "/")
		return InNTFS(t.image, t.part, overlay, path)
	}
}

const overlay = `
plain=$(od -An -v -tx1 "$1" | tr -d ' \n') size=$(stat -c %s "$1")
: > "$1" && truncate -s "$size" "$1"
setfattr -h -n user.WofCompressedData -v "0x$plain" "$1"
setfattr -h -n system.ntfs_reparse_data -v 0x170000801000000001000000020000000100000000000000 "$1"
`
