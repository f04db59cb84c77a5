package donor

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// Copy is a file that was found.
type Copy struct {
	Name       string // by which it was looked for
	Where      string // for people: path and volume
	Origin     source.Origin
	Version    pe.Version
	HasVersion bool
	Machine    pe.Machine
	// Own: the installation itself keeps it for this purpose, so it is of the
	// version that is installed (file protection's cache, service pack files).
	Own bool
	// Older: it was replaced by an update.
	Older bool
	// Original is the name that the file had when it was built, lower case: the
	// same HAL is called hal.dll wherever it is installed. "" when it does not
	// say.
	Original string
	// Doubt says why it is not certain that this is the version in use, where it is
	// not: then it may be taken on request only. "" when it is certain.
	Doubt string
	// Proof says by what a file of another maker's driver is known to be the one.
	Proof string
	Data  []byte
}

// Loose is the kind of place of files that lie in the root of a medium, or in a
// cabinet or a self-extracting program there.
const Loose source.Origin = "files on a medium"

// Found is what a search gave.
type Found struct {
	Copies []Copy
	// Rejected says of files of that name why they are none: not a program, of
	// another processor.
	Rejected []string
	// Problems are places that could not be read, or packages that hold no whole
	// files.
	Problems []error
}

// Bounds of a search.
const (
	maxFile       = 32 << 20 // bytes; the largest file of that kind has some 7 MiB
	maxContainers = 64       // cabinets and programs in one root
	maxContainer  = 1 << 30  // bytes of one of them; a service pack has 400 MiB
	maxFolders    = 4096     // of a medium that a person named
	maxDepth      = 8
)

// Find looks for a file of a Windows by all of its names, for that processor.
func Find(p *inspect.Patient, w *inspect.Installation, machine pe.Machine, names ...string) *Found {
	found := &Found{}
	own, ok := w.DriverSource(p)
	if !ok {
		return found
	}
	for _, name := range names {
		want := source.Want{Name: name, Machine: machine, ServicePack: -1}
		if level, ok := LevelOfWindows(w); ok {
			want.Major, want.Minor, want.Build, want.ServicePack = int(level.Major), int(level.Minor), int(level.Build), level.ServicePack
		}
		s, err := source.Files(want, own, p.Donors(w)...)
		if err != nil {
			found.Problems = append(found.Problems, err)
			continue
		}
		found.Problems = append(found.Problems, s.Problems...)
		for _, c := range s.Rejected {
			found.Rejected = append(found.Rejected, c.String())
		}
		for _, c := range s.Candidates {
			if c.Donor && c.Origin == source.Drivers && c.From == own.Name() {
				continue
			}
			f, err := c.Open()
			if err != nil {
				found.Problems = append(found.Problems, err)
				continue
			}
			found.add(name, c.Where+" on "+c.Volume, c.Origin, f, machine, func(one *Copy) {
				one.Own = !c.Donor && (c.Origin == source.DLLCache || c.Origin == source.ServicePack)
				one.Older = c.Origin == source.Uninstall || c.Origin == source.HotfixStore || c.Origin == source.LastGood
			})
		}
		found.loose(p, name, machine)
	}
	return found
}

// add judges a file.
func (f *Found) add(name, where string, origin source.Origin, file source.File, machine pe.Machine, more func(*Copy)) {
	data, err := source.ReadAll(file, maxFile)
	if err != nil {
		f.Problems = append(f.Problems, fmt.Errorf("%s: %w", where, err))
		return
	}
	c := Copy{Name: name, Where: where, Origin: origin, Data: data}
	reader := source.Bytes(data)
	image, err := pe.Open(reader, reader.Size())
	if err == nil {
		err = image.Check()
	}
	switch {
	case err != nil:
		f.Rejected = append(f.Rejected, fmt.Sprintf("%s: %v", where, err))
		return
	case machine != 0 && image.Machine() != machine:
		f.Rejected = append(f.Rejected, fmt.Sprintf("%s: it is for %v, wanted is %v", where, image.Machine(), machine))
		return
	}
	if stored, sum, err := image.Checksum(); err != nil || stored != 0 && stored != sum {
		f.Rejected = append(f.Rejected, fmt.Sprintf("%s: its checksum is %#x, its content gives %#x", where, stored, sum))
		return
	}
	c.Machine = image.Machine()
	if v, err := image.Version(); err == nil {
		c.Version, c.HasVersion = v.File, true
	}
	c.Original = OriginalName(image)
	if more != nil {
		more(&c)
	}
	if !slices.ContainsFunc(f.Copies, func(o Copy) bool { return o.Where == c.Where }) {
		f.Copies = append(f.Copies, c)
	}
}

// OriginalName is the name that a program had when it was built, lower case, ""
// when it does not say.
func OriginalName(image *pe.File) string {
	tables, err := image.Strings()
	if err != nil {
		return ""
	}
	for _, t := range tables {
		if name := t.Values["OriginalFilename"]; name != "" {
			return strings.ToLower(name)
		}
	}
	return ""
}

// loose looks in the roots of all volumes, and everywhere in what a person named:
// the file itself, packed, and in cabinets and self-extracting programs.
func (f *Found) loose(p *inspect.Patient, name string, machine pe.Machine) {
	for _, v := range p.Volumes() {
		if t := v.Tree(); t != nil {
			f.folder(t, `\`, name, machine, ".exe", ".cab")
			// Discs of ReactOS have all of it in a cabinet.
			f.folder(t, `\reactos`, name, machine, ".cab")
		}
	}
	for _, t := range p.Media {
		folders := []string{`\`}
		source.Walk(t, `\`, maxDepth, func(path string, e source.Info) bool {
			if e.Dir {
				folders = append(folders, path)
			}
			return len(folders) < maxFolders
		})
		for _, dir := range folders {
			f.folder(t, dir, name, machine, ".exe", ".cab")
		}
	}
}

// folder looks in one folder of a tree: the file itself, packed, and in containers
// of these kinds. What cannot be read is the volume's condition.
func (f *Found) folder(t source.Tree, dir, name string, machine pe.Machine, containers ...string) {
	list, _ := t.ReadDir(dir)
	n := 0
	for _, e := range list {
		path := source.Join(dir, e.Name)
		switch {
		case e.Dir || e.Size == 0:
		case strings.EqualFold(e.Name, name), strings.EqualFold(e.Name, source.PackedName(name)):
			f.plain(t, path, name, machine)
		case slices.Contains(containers, source.Ext(e.Name)) && e.Size <= maxContainer && n < maxContainers:
			n++
			f.inside(t, path, name, machine)
		}
	}
}

func (f *Found) plain(t source.Tree, path, name string, machine pe.Machine) {
	file, err := t.Open(path)
	if err == nil && !strings.EqualFold(source.Base(path), name) {
		file, _, _, err = source.Unpack(source.Base(path), file)
	}
	if err != nil {
		f.Problems = append(f.Problems, fmt.Errorf("%s: %w", t.Name(), err))
		return
	}
	f.add(name, path+" on "+t.Name(), Loose, file, machine, nil)
}

func (f *Found) inside(t source.Tree, path, name string, machine pe.Machine) {
	in, err := source.Inside(t, path)
	if err != nil {
		if errors.Is(err, source.ErrDelta) {
			f.Problems = append(f.Problems, fmt.Errorf("%s on %s: %w", path, t.Name(), err))
		}
		return
	}
	source.Walk(in, `\`, 8, func(member string, e source.Info) bool {
		if e.Dir || !strings.EqualFold(e.Name, name) && !strings.EqualFold(e.Name, source.PackedName(name)) {
			return true
		}
		file, err := in.Open(member)
		if err == nil && !strings.EqualFold(e.Name, name) {
			file, _, _, err = source.Unpack(e.Name, file)
		}
		if err != nil {
			f.Problems = append(f.Problems, fmt.Errorf("%s on %s: %w", path, t.Name(), err))
			return true
		}
		f.add(name, fmt.Sprintf("%s -> %s on %s", path, strings.TrimPrefix(member, `\`), t.Name()), Loose, file, machine, nil)
		return true
	})
}

// Best is the first of the copies that accept takes: newer before older, what the
// installation keeps itself before what others have.
func (f *Found) Best(accept func(Copy) error) (best *Copy, rejected []string) {
	var good []Copy
	for _, c := range f.Copies {
		if err := accept(c); err != nil {
			rejected = append(rejected, fmt.Sprintf("%s: %v", c.Where, err))
			continue
		}
		good = append(good, c)
	}
	slices.SortStableFunc(good, func(a, b Copy) int {
		switch {
		case a.Own != b.Own:
			return map[bool]int{true: -1, false: 1}[a.Own]
		case a.Older != b.Older:
			return map[bool]int{true: 1, false: -1}[a.Older]
		}
		return b.Version.Compare(a.Version)
	})
	rejected = append(rejected, f.Rejected...)
	if len(good) == 0 {
		return nil, rejected
	}
	return &good[0], rejected
}
