package inject

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

const (
	softwareHive = `system32\config\SOFTWARE`
	// catalogs is the folder of the catalogs that Windows knows, for the subject
	// of drivers; from Vista on the loader itself looks signatures up there.
	catalogs = `system32\CatRoot\{F750E6C3-38EE-11D1-85E5-00C04FC295EE}`
	// DevicePath lists the folders in which Plug and Play looks for INF files.
	devicePathKey = `Microsoft\Windows\CurrentVersion`
)

// windowsPath is a path as the installation itself calls it, taking C: for its
// drive: only people read it.
func windowsPath(w *inspect.Installation, below string) string { return `C:` + w.Path(below) }

// mkdir makes a folder below the system root and those above it.
func (p *plan) mkdir(below string) error {
	path := ""
	for _, part := range fs.SplitPath(below) {
		path = strings.TrimPrefix(path+`\`+part, `\`)
		full := p.w.Path(path)
		if p.dirs[folded(full)] {
			continue
		}
		info, err := p.w.Volume.FS.Stat(full)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			p.files = append(p.files, step.Mkdir{Volume: p.w.Volume, Path: full, Like: p.w.Path("system32"), Why: "the driver files have their place"})
		case err != nil:
			return err
		case !info.IsDir():
			return fmt.Errorf("%s: %w", full, fs.ErrNotDir)
		}
		p.dirs[folded(full)] = true
	}
	return nil
}

// putFile makes a file of the Windows one of the driver's. A file that is there
// and could be loaded stays where it is the same or a newer one, and is a
// refusal where it is somebody else's.
func (p *plan) putFile(f File, why string) error {
	path := p.w.Path(f.Path)
	if p.dirs[folded(path)] {
		return nil
	}
	old, err := step.StateOf(p.w.Volume.FS, path)
	if errors.Is(err, fs.ErrNotExist) {
		if i := strings.LastIndex(f.Path, `\`); i > 0 {
			if err := p.mkdir(f.Path[:i]); err != nil {
				return err
			}
		}
		p.addFile(path, nil, f.Content, why)
		return nil
	}
	if err != nil {
		return err
	}
	if old == f.Content.FileState {
		return nil
	}
	keep, err := p.keeps(path, f)
	if err != nil || keep {
		return err
	}
	p.addFile(path, &old, f.Content, why)
	return nil
}

func (p *plan) addFile(path string, old *step.FileState, content step.Content, why string) {
	p.files = append(p.files, step.WriteFile{Volume: p.w.Volume, Path: path, Old: old, New: content, Why: why})
	p.dirs[folded(path)] = true
}

// keeps: the file that is there is as good or better.
func (p *plan) keeps(path string, f File) (bool, error) {
	there, err := p.w.Volume.FS.Open(path)
	if err != nil {
		return false, err
	}
	image, err := pe.Open(there, there.Info().Size)
	if err != nil || inspect.ArchOf(image.Machine()) != p.w.Arch || image.Check() != nil {
		return false, nil // nothing that could be loaded
	}
	ours, err := pe.Open(f.Content.R, f.Content.Size)
	if err != nil {
		return false, fmt.Errorf("%s: %w", f.Path, err)
	}
	if !f.Inbox && !sameDriver(image, ours) {
		return false, conflict(path, f.Path, image, ours)
	}
	v, err := image.Version()
	if err != nil {
		return false, nil
	}
	return v.File.Compare(f.Version) >= 0, nil
}

// text is a text of the version resource, "" when there is none.
func text(f *pe.File, name string) string {
	tables, err := f.Strings()
	if err != nil {
		return ""
	}
	for _, t := range tables {
		if s := strings.TrimSpace(strings.TrimRight(t.Values[name], "\x00")); s != "" {
			return s
		}
	}
	return ""
}

// letters leaves out what is written in several ways: "Red Hat, Inc.".
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// putPackageFiles keeps the package where Plug and Play finds it when Windows
// runs: in a folder of its own that DevicePath names, as virt-v2v does. From
// there Windows itself makes oemNN.inf, the driver store and the catalog's
// entry, with all that belongs to them. Putting an oemNN.inf or a folder of the
// driver store there offline was decided against: their names and indexes are
// Windows' own book-keeping (INFCACHE and PNF files, DriverDatabase, drvindex),
// and Windows up to Server 2003 would ask for the disk that such an INF came
// from.
func (p *plan) putPackageFiles(d *Driver) error {
	if d.Package == nil || !p.w.Version.AtLeast(5, 0) {
		return nil
	}
	folder, err := p.packageFolder(d.Package)
	if err != nil {
		return err
	}
	for _, f := range d.Package.Files {
		below := folder + `\` + f.Path
		if err := p.putFile(File{Path: below, Content: f.Content}, "Plug and Play installs the driver from here"); err != nil {
			return err
		}
	}
	if err := p.putCatalog(d); err != nil {
		return err
	}
	return p.putDevicePath(`%SystemRoot%\` + folder)
}

// putCatalog adds the catalog to those that Windows Vista and later look
// signatures up in while they start. Another catalog of the same name stays.
func (p *plan) putCatalog(d *Driver) error {
	if d.Package.Catalog == "" || !p.w.Version.AtLeast(6, 0) {
		return nil
	}
	for _, f := range d.Package.Files {
		if !strings.EqualFold(f.Path, d.Package.Catalog) {
			continue
		}
		name := ownPrefix + fmt.Sprintf("%x", f.Content.Sum[:8]) + ".cat"
		return p.putFile(File{Path: catalogs + `\` + name, Content: f.Content}, "Windows looks the signature of the driver up here")
	}
	return nil
}

// putDevicePath adds a folder to the list.
func (p *plan) putDevicePath(folder string) error {
	h, err := p.software()
	if err != nil {
		return err
	}
	list, err := h.text(devicePathKey, "DevicePath")
	if err != nil {
		return err
	}
	if list == "" {
		list = `%SystemRoot%\inf`
	}
	for one := range strings.SplitSeq(list, ";") {
		if regf.EqualFold(strings.TrimRight(one, `\`), folder) {
			return nil
		}
	}
	h.why = "Plug and Play looks for drivers here"
	return h.put(devicePathKey, "DevicePath", &step.Data{Type: regf.RegExpandSZ, Bytes: registry.SZ(list + ";" + folder)})
}
