package source

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
)

// search visits the places of an installation, those outside of its folder, and the
// media.
func (s *search) search() {
	s.places()
	s.setup()
	s.oem()
	s.media()
}

// places visits the places below the folder of an installation where Windows keeps copies of its
// files, in order:
//
//	system32\drivers, system32          the file in use
//	system32\DriverStore\FileRepository Vista and later, a folder per package
//	WinSxS\<arch>_...                   Vista and later; not in Backup and Temp
//	Driver Cache\i386\sp4..sp1.cab, driver.cab    2000 to 2003, the highest first
//	ServicePackFiles\i386, \ServicePackCache      2000 to 2003, also name.sy_
//	system32\dllcache                   2000 to 2003, file protection
//	LastGood, LastGood.Tmp              2000 and later, before the last driver
//	$NtUninstall*$, $NtUpdateRollupPackUninstall$, $NtServicePackUninstall$   replaced by updates
//	$hf_mig$\KB*\SP*QFE and SP*GDR      XP and 2003, of hotfixes
//	i386                                copied set-up files
//	inf
//
// Outside of it follow \I386 and \AMD64 in every root and the driver folders of
// makers (\Drivers, \OEM, \SWSetup, \Windows\OEMDir ...).
//
// That the cabinet of the highest service pack counts is how scripts that put
// drivers into Windows 2000 to 2003 take them; the places are those where Windows and
// its set-up put copies. Which place gives a file is only the last thing that counts
// (sort).
func (s *search) places() {
	w := s.windows
	s.in(Drivers, w.Tree, w.Path(`system32\drivers`))
	s.in(Drivers, w.Tree, w.Path("system32"))
	s.driverStore()
	s.winSxS()
	s.driverCache()
	for _, dir := range []string{"i386", "amd64", `ServicePackCache\i386`, `ServicePackCache\amd64`} {
		s.in(ServicePack, w.Tree, w.Path("ServicePackFiles", dir))
		s.cabinets(ServicePack, w.Path("ServicePackFiles", dir))
	}
	s.in(DLLCache, w.Tree, w.Path(`system32\dllcache`))
	for _, dir := range []string{"LastGood", "LastGood.Tmp"} {
		s.in(LastGood, w.Tree, w.Path(dir, `system32\drivers`))
		s.in(LastGood, w.Tree, w.Path(dir, "system32"))
		s.in(LastGood, w.Tree, w.Path(dir, "drivers"))
	}
	s.updates()
	s.setupFolder(w.Tree, w.Path("i386"))
	s.in(INFFolder, w.Tree, w.Path("inf"))
}

// machineNames are how folders name the processor.
func machineNames(m pe.Machine) []string {
	switch m {
	case pe.AMD64:
		return []string{"amd64"}
	case pe.ARM64:
		return []string{"arm64"}
	case pe.IA64:
		return []string{"ia64"}
	case pe.X86:
		return []string{"x86", "i386"}
	}
	return []string{"amd64", "x86", "arm64", "ia64", "i386"}
}

// driverStore: FileRepository\mshdc.inf_x86_neutral_0123456789abcdef.
func (s *search) driverStore() {
	root := s.windows.Path(`system32\DriverStore\FileRepository`)
	for _, e := range s.list(s.windows.Tree, root) {
		name := strings.ToLower(e.Name)
		if _, rest, ok := strings.Cut(name, ".inf_"); e.Dir && (!ok || hasAnyPrefix(rest, machineNames(s.want.Machine))) {
			s.plain(DriverStore, s.windows.Tree, Join(root, e.Name))
			for _, sub := range machineNames(s.want.Machine) {
				s.plain(DriverStore, s.windows.Tree, Join(root, e.Name, sub))
			}
		}
	}
}

// winSxS: the folders of components begin with the processor. There are up to 20,000
// of them; those that are named after an INF file or after the file itself are
// looked into, and if that gives nothing those of parts of Windows, whose names do
// not tell (partmgr.sys is in "microsoft-windows-partitionmanager").
func (s *search) winSxS() {
	root := s.windows.Path("WinSxS")
	stem, _, _ := strings.Cut(strings.ToLower(s.want.Name), ".")
	before := len(s.found.Candidates)
	var rest []string
	for _, e := range s.list(s.windows.Tree, root) {
		arch, component, ok := strings.Cut(strings.ToLower(e.Name), "_")
		switch {
		case !e.Dir || !ok || !slices.Contains(machineNames(s.want.Machine), arch):
		case strings.Contains(component, ".inf_"), strings.Contains(component, stem):
			s.plain(WinSxS, s.windows.Tree, Join(root, e.Name))
		case hasAnyPrefix(component, []string{"microsoft-windows-", "microsoft-hyper-v-"}):
			rest = append(rest, e.Name)
		}
	}
	if len(s.found.Candidates) > before {
		return
	}
	for _, name := range rest {
		s.plain(WinSxS, s.windows.Tree, Join(root, name))
	}
}

func hasAnyPrefix(s string, all []string) bool {
	return slices.ContainsFunc(all, func(p string) bool { return strings.HasPrefix(s, p) })
}

// driverCache: sp4.cab to sp1.cab, driver.cab, and sp*.cab of other names.
func (s *search) driverCache() {
	for _, arch := range []string{"i386", "amd64", "ia64"} {
		s.cabinets(DriverCache, s.windows.Path("Driver Cache", arch))
		s.in(DriverCache, s.windows.Tree, s.windows.Path("Driver Cache", arch))
	}
}

// cabinets searches the driver cabinets in a folder, that of the highest service
// pack first.
func (s *search) cabinets(o Origin, dir string) { s.cabinetsOf(o, s.windows.Tree, dir) }

func (s *search) cabinetsOf(o Origin, t Tree, dir string) {
	list := s.list(t, dir)
	var names []string
	for _, e := range list {
		if !e.Dir && cabinetOrder(e.Name) >= 0 {
			names = append(names, e.Name)
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(cabinetOrder(b), cabinetOrder(a)) })
	for _, name := range names {
		s.inCabinet(o, t, Join(dir, name))
	}
}

// cabinetOrder is the service pack that a cabinet of drivers is from; -1 for other
// files.
func cabinetOrder(name string) int {
	name = strings.ToLower(name)
	if name == "driver.cab" {
		return 0
	}
	digits, ok := strings.CutSuffix(name, ".cab")
	if !ok {
		return -1
	}
	if digits, ok = strings.CutPrefix(digits, "sp"); !ok {
		return -1
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// updates: folders that hotfixes leave.
func (s *search) updates() {
	t := s.windows.Tree
	for _, e := range s.list(t, s.windows.Root) {
		name := strings.ToLower(e.Name)
		if e.Dir && strings.HasPrefix(name, "$nt") && strings.Contains(name, "uninstall") {
			s.in(Uninstall, t, s.windows.Path(e.Name))
		}
	}
	hotfixes := s.windows.Path("$hf_mig$")
	for _, kb := range s.list(t, hotfixes) {
		if !kb.Dir {
			continue
		}
		for _, branch := range s.list(t, Join(hotfixes, kb.Name)) {
			if branch.Dir && !strings.EqualFold(branch.Name, "update") {
				s.in(HotfixStore, t, Join(hotfixes, kb.Name, branch.Name))
			}
		}
	}
}

// setup: folders of set-up files, which people and makers copy to the disk.
func (s *search) setup() {
	for _, t := range append([]Tree{s.windows.Tree}, s.windows.Volumes...) {
		s.setupFolders(t, `\`)
		for _, parent := range []string{`\WINSP3`, `\CD`, `\XPCD`, `\Install`} {
			s.setupFolders(t, parent)
		}
	}
}

// setupFolders searches i386 and its like below a directory.
func (s *search) setupFolders(t Tree, dir string) {
	for _, name := range []string{"i386", "amd64", "ia64"} {
		s.setupFolder(t, Join(dir, name))
	}
}

func (s *search) setupFolder(t Tree, dir string) {
	s.in(SetupFolder, t, dir)
	s.cabinetsOf(SetupFolder, t, dir)
}

// oem: folders that makers of computers use.
func (s *search) oem() {
	for _, t := range append([]Tree{s.windows.Tree}, s.windows.Volumes...) {
		for _, dir := range []string{`\Drivers`, `\OEM`, `\SWSetup`, `\SWTools\Drivers`, `\DELL`, `\Intel`, `\$OEM$`, `\Windows\OEMDIR`, `\WINNT\OEMDIR`} {
			s.below(t, dir)
		}
	}
}

func (s *search) below(t Tree, dir string) {
	Walk(t, dir, 6, func(path string, e Info) bool {
		if s.listed++; s.listed > maxListed {
			return false
		}
		if !e.Dir && (strings.EqualFold(e.Name, s.want.Name) || strings.EqualFold(e.Name, PackedName(s.want.Name))) {
			s.in(OEM, t, Dir(path))
		}
		return true
	})
}
