package rollup

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// NoFileError: nothing on the disks and media can take the place of the bad file.
type NoFileError struct {
	Windows string   // label of the installation
	Seen    []string // files of that name, and why they cannot be used
}

func (e *NoFileError) Error() string {
	s := fmt.Sprintf("%s has scsiport.sys %s of Update Rollup 1, which fails with BusLogic adapters, and no other was found. "+
		"Provide scsiport.sys 5.0.2195.7059 (KB 904374, or the second edition of KB 891861) or that of Service Pack 4, with --drivers or on an attached medium", e.Windows, Bad)
	if len(e.Seen) > 0 {
		s += "; seen: " + strings.Join(e.Seen, ", ")
	}
	return s
}

// good is a file that can be used.
type good struct {
	content source.File
	version pe.Version
	where   string
}

// find looks on the media, which a person brought for that, then in the places of
// the installation and of others.
func (f *Fault) find(p *inspect.Patient) (*good, error) {
	missing := &NoFileError{Windows: f.Windows.Label()}
	var best *good
	for _, t := range p.Media {
		onMedium(t, missing, func(g *good) {
			if best == nil || best.version.Compare(g.version) < 0 {
				best = g
			}
		})
	}
	if best != nil {
		return best, nil
	}
	files, ok := f.Windows.DriverSource(p)
	if !ok {
		return nil, missing
	}
	want := source.Want{Name: fileName, Machine: pe.X86, Major: 5, Minor: 0, Build: 2195, ServicePack: -1}
	found, err := source.Files(want, files, p.Donors(f.Windows)...)
	if err != nil {
		return nil, err
	}
	for i := range found.Candidates {
		c := &found.Candidates[i]
		file, err := c.Open()
		if err != nil {
			missing.Seen = append(missing.Seen, fmt.Sprintf("%s (%v)", c, err))
			continue
		}
		g, why := judge(file, c.String())
		if g != nil {
			return g, nil
		}
		missing.Seen = append(missing.Seen, why)
	}
	for _, c := range found.Rejected {
		missing.Seen = append(missing.Seen, fmt.Sprintf("%s (%v)", c.String(), c.Rejected))
	}
	return nil, missing
}

// judge accepts a whole scsiport.sys of Windows 2000 for x86 that is not the bad
// one, or says why not.
func judge(file source.File, where string) (*good, string) {
	why := func(format string, args ...any) (*good, string) {
		return nil, fmt.Sprintf("%s (%s)", where, fmt.Sprintf(format, args...))
	}
	image, err := pe.Open(file, file.Size())
	if err == nil {
		err = image.Check()
	}
	if err != nil {
		return why("%v", err)
	}
	info, err := image.Version()
	if err != nil {
		return why("%v", err)
	}
	stored, computed, err := image.Checksum()
	switch {
	case err != nil:
		return why("%v", err)
	case image.Machine() != pe.X86:
		return why("for %s", image.Machine())
	case info.File == Bad:
		return why("the same version")
	case info.File[0] != 5 || info.File[1] != 0 || info.File[2] != 2195:
		return why("%s is of another Windows", info.File)
	case stored != 0 && stored != computed:
		return why("its checksum is wrong")
	}
	return &good{file, info.File, where}, ""
}

const (
	maxDepth = 8
	maxFile  = 4 << 20 // bytes; the file has 100 KiB
)

// onMedium looks for the file anywhere on a medium, also compressed, in cabinets and
// in self-extracting programs.
func onMedium(t source.Tree, missing *NoFileError, take func(*good)) {
	source.Walk(t, `\`, maxDepth, func(path string, e source.Info) bool {
		name, where := strings.ToLower(source.Base(path)), t.Name()+" "+path
		switch {
		case e.Dir:
		case name == fileName || name == source.PackedName(fileName):
			if g, why := openFile(t, path, where); g != nil {
				take(g)
			} else {
				missing.Seen = append(missing.Seen, why)
			}
		case strings.HasSuffix(name, ".exe") || strings.HasSuffix(name, ".cab"):
			inside, err := source.Inside(t, path)
			if errors.Is(err, source.ErrDelta) {
				missing.Seen = append(missing.Seen, fmt.Sprintf("%s (%v)", where, err))
			}
			if err == nil {
				onMedium(inside, missing, take)
			}
		}
		return true
	})
}

// openFile unpacks a file and judges it.
func openFile(t source.Tree, path, where string) (g *good, why string) {
	f, err := t.Open(path)
	if err == nil && f.Size() <= maxFile {
		f, _, _, err = source.Unpack(source.Base(path), f)
	}
	if err == nil && f.Size() > maxFile {
		err = source.ErrTooLarge
	}
	if err != nil {
		return nil, fmt.Sprintf("%s (%v)", where, err)
	}
	return judge(f, where)
}

// Steps put a good file in the place of each bad one. from says in words where it
// comes from. The error is a *NoFileError where there is none.
func (f *Fault) Steps(p *inspect.Patient) (steps []step.Step, from string, err error) {
	g, err := f.find(p)
	if err != nil {
		return nil, "", err
	}
	b, err := source.ReadAll(g.content, maxFile)
	if err != nil {
		return nil, "", err
	}
	content, err := step.NewContent(source.Bytes(b), int64(len(b)))
	if err != nil {
		return nil, "", err
	}
	from = fmt.Sprintf("scsiport.sys %s from %s", g.version, g.where)
	for _, path := range f.Bad {
		old, err := step.StateOf(f.Windows.Volume.FS, path)
		if err != nil {
			return nil, "", fmt.Errorf("%s %s: %w", f.Windows.Volume.ID(), path, err)
		}
		steps = append(steps, step.WriteFile{Volume: f.Windows.Volume, Path: path, Old: &old, New: content,
			Why: "SCSI adapters are driven by a version that does not fail"})
	}
	return steps, from, nil
}
