package donor

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// repository is the folder of the driver store that has a folder for each package.
const repository = `system32\DriverStore\FileRepository`

// storePackage is a driver package in the store that has a file of the wanted name.
type storePackage struct {
	folder string // "vboxguest.inf_amd64_7c8d1446c2599c22"
	below  string // where the file is, below the repository
	// copy is the file; nil where it is none that can be loaded, or there are two.
	copy *Copy
}

// inf is the name of its INF file.
func (p storePackage) inf() string {
	at := strings.Index(strings.ToLower(p.folder), ".inf_")
	return p.folder[:at+len(".inf")]
}

// packagesWith lists the packages that have the file, for the processor of Windows as far
// as their folders say one: in their folder or one below it.
func packagesWith(w *inspect.Installation, name string) (all []storePackage) {
	t, root := w.Volume.Tree(), w.Path(repository)
	list, err := t.ReadDir(root)
	if err != nil {
		return nil
	}
	for _, e := range list {
		_, rest, ok := strings.Cut(strings.ToLower(e.Name), ".inf_")
		if !e.Dir || !ok || otherArch(w, rest) {
			continue
		}
		found := &Found{}
		below := ""
		for _, dir := range append([]string{e.Name}, foldersIn(t, source.Join(root, e.Name), e.Name)...) {
			if path := source.Join(root, dir, name); bootchain.Exists(w.Volume, path) {
				before := len(found.Copies)
				found.stored(w, path, name, bootchain.MachineOf(w), source.DriverStore)
				if below == "" || before == 0 && len(found.Copies) > 0 {
					below = dir + `\` + name
				}
			}
		}
		if below == "" {
			continue
		}
		p := storePackage{folder: e.Name, below: below}
		if len(found.Copies) > 0 {
			p.copy = &found.Copies[0]
		}
		for i := range found.Copies {
			if !bytes.Equal(found.Copies[i].Data, found.Copies[0].Data) {
				p.copy = nil
			}
		}
		all = append(all, p)
	}
	return all
}

// otherArch: what follows the INF file in the name of a folder is another processor.
func otherArch(w *inspect.Installation, rest string) bool {
	arch, _, ok := strings.Cut(rest, "_")
	return ok && arch != archName(bootchain.MachineOf(w))
}

func foldersIn(t source.Tree, dir, name string) (all []string) {
	list, _ := t.ReadDir(dir)
	for _, e := range list {
		if e.Dir {
			all = append(all, name+`\`+e.Name)
		}
	}
	return all
}

// maxINF is the largest INF file that is compared; the largest of Windows has some 2 MiB.
const maxINF = 16 << 20

// copiesOf lists the packages whose INF file is, byte for byte, the one of that name in
// the INF folder; there: the folder has one.
func copiesOf(w *inspect.Installation, inf string, packages []storePackage) (folders []string, there bool) {
	t := w.Volume.Tree()
	own, err := source.ReadFile(t, w.Path(`INF\`+inf), maxINF)
	if err != nil {
		return nil, false
	}
	for _, p := range packages {
		if of, err := source.ReadFile(t, w.Path(repository+`\`+p.folder+`\`+p.inf()), maxINF); err == nil && bytes.Equal(own, of) {
			folders = append(folders, p.folder)
		}
	}
	return folders, true
}

// activeOf asks the driver databases for the package of an INF file, "" where they do not
// know it or there is none.
func activeOf(w *inspect.Installation, inf string) (folder string, err error) {
	databases, err := registry.DriverDatabases(w.System, hiveOf(w, `system32\config\DRIVERS`))
	for _, db := range databases {
		active, err := db.Active(inf)
		switch {
		case err != nil:
			return "", err
		case active != "" && folder != "" && !strings.EqualFold(active, folder):
			return "", fmt.Errorf("the driver databases name two packages for %s: %s and %s", inf, folder, active)
		case active != "":
			folder = active
		}
	}
	return folder, err
}

// lockedSource is the file in the repository from which SOFTWARE says that a file in
// system32\drivers is, "" where it does not.
func lockedSource(w *inspect.Installation, name string) string {
	software := softwareHive(w)
	if software == nil {
		return ""
	}
	k, err := software.Key(`Microsoft\Windows\CurrentVersion\Setup\PnpLockdownFiles\%SystemRoot%/System32/drivers/` + name)
	if err != nil {
		return ""
	}
	v, err := k.Value("Source")
	if err != nil {
		return ""
	}
	text, _ := v.Text()
	const prefix = `%systemroot%\` + repository + `\`
	if len(text) <= len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return ""
	}
	return text[len(prefix):]
}

// hiveOf is a hive with its logs replayed, nil where it cannot be read.
func hiveOf(w *inspect.Installation, below string) *regf.Hive {
	src, err := hivefile.OnVolume(w.Volume.FS, w.Path(below))
	if err != nil {
		return nil
	}
	f, err := hivefile.Open(src)
	if err != nil {
		return nil
	}
	return f.Hive
}
