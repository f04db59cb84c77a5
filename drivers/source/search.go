package source

import (
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
)

// Bounds of a search in one installation.
const (
	maxListed  = 1 << 17 // entries of directories that are looked at
	maxMatches = 200     // files of the name
)

// search looks through the places of one installation after the other.
type search struct {
	want    Want
	found   *Found
	kernel  pe.Version
	windows *Windows
	donor   bool
	place   int
	listed  int
}

func (s *search) problem(err error) {
	if !absent(err) && len(s.found.Problems) < 100 {
		s.found.Problems = append(s.found.Problems, err)
	}
}

// list reads a directory; what is not there is empty.
func (s *search) list(t Tree, dir string) []Info {
	list, err := t.ReadDir(dir)
	if err != nil {
		s.problem(fmt.Errorf("%s: %w", t.Name(), err))
		return nil
	}
	s.listed += len(list)
	if s.listed > maxListed {
		if s.listed-len(list) <= maxListed {
			s.found.Problems = append(s.found.Problems, fmt.Errorf("%s: more than %d files to look at; not all places were searched", t.Name(), maxListed))
		}
		return nil
	}
	return list
}

// plain takes the file in a directory of the installation's volume.
func (s *search) plain(o Origin, t Tree, dir string) {
	path := Join(dir, s.want.Name)
	f, err := t.Open(path)
	if err != nil {
		s.problem(fmt.Errorf("%s: %w", t.Name(), err))
		return
	}
	s.add(o, t, path, f, nil, func() (File, error) { return t.Open(path) })
}

// in takes the file in a directory, plain or compressed.
func (s *search) in(o Origin, t Tree, dir string) {
	s.plain(o, t, dir)
	name := PackedName(s.want.Name)
	path := Join(dir, name)
	if strings.EqualFold(name, s.want.Name) {
		return
	}
	f, err := t.Open(path)
	if err != nil {
		s.problem(fmt.Errorf("%s: %w", t.Name(), err))
		return
	}
	content, _, _, err := Unpack(name, f)
	s.add(o, t, path+" -> "+s.want.Name, content, err, func() (File, error) {
		p, err := t.Open(path)
		if err != nil {
			return nil, err
		}
		content, _, _, err := Unpack(name, p)
		return content, err
	})
}

// inCabinet takes the file out of a cabinet, from whatever folder in it.
func (s *search) inCabinet(o Origin, t Tree, path string) {
	inside, err := Inside(t, path)
	if err != nil {
		s.problem(err)
		return
	}
	for _, member := range namesIn(inside, s.want.Name) {
		open := func() (File, error) { return inside.Open(member) }
		f, err := open()
		s.add(o, t, path+" -> "+strings.TrimPrefix(member, `\`), f, err, open)
	}
}

// namesIn finds files of a name in a cabinet.
func namesIn(t Tree, name string) []string {
	var all []string
	Walk(t, `\`, 8, func(path string, e Info) bool {
		if !e.Dir && strings.EqualFold(e.Name, name) {
			all = append(all, path)
		}
		return len(all) < maxMatches
	})
	return all
}

// add judges a file and keeps it.
func (s *search) add(o Origin, t Tree, where string, f File, err error, open func() (File, error)) {
	if len(s.found.Candidates)+len(s.found.Rejected) >= maxMatches {
		return
	}
	c := Candidate{Where: where, Volume: t.Name(), Origin: o, Donor: s.donor, From: s.windows.Name(), Fit: UnknownVersion, open: open}
	if c.Rejected = err; err == nil {
		c.Size = f.Size()
		s.judge(&c, f)
	}
	if c.Rejected != nil {
		s.found.Rejected = append(s.found.Rejected, c)
		return
	}
	s.found.Candidates = append(s.found.Candidates, c)
}

// judge fills in what the file says and why it cannot be used.
func (s *search) judge(c *Candidate, f File) {
	if c.Size == 0 {
		c.Rejected = ErrEmpty
		return
	}
	image, err := pe.Open(f, f.Size())
	if err == nil {
		err = image.Check()
	}
	if err != nil {
		c.Rejected = fmt.Errorf("%w: %w", ErrNotDriver, err)
		return
	}
	if c.Machine = image.Machine(); s.want.Machine != 0 && c.Machine != s.want.Machine {
		c.Rejected = fmt.Errorf("%w: it is for %v, wanted is %v", ErrWrongMachine, c.Machine, s.want.Machine)
		return
	}
	// Boot drivers whose checksum is wrong are refused by the loader.
	if stored, sum, err := image.Checksum(); err != nil {
		c.Rejected = fmt.Errorf("%w: %w", ErrNotDriver, err)
		return
	} else if stored != 0 && stored != sum {
		c.Rejected = fmt.Errorf("%w: its checksum is %#x, its content gives %#x", ErrNotDriver, stored, sum)
		return
	}
	v, err := image.Version()
	if err != nil {
		return
	}
	c.Version, c.HasVersion = v.File, true
	kernel := s.wanted()
	if kernel[0] == 0 {
		return
	}
	if c.Fit = fitOf(v.File, kernel); c.Fit == OtherVersion {
		// Drivers of other makers count in their own way.
		if v.Product[0] == kernel[0] && v.Product[1] == kernel[1] || !windowsNumber(v.File) {
			c.Fit = UnknownVersion
			return
		}
		c.Rejected = fmt.Errorf("%w: version %v, the kernel's is %v", ErrOtherWindows, v.File, kernel)
	}
}

// windowsNumber: the version is one that files of Windows itself have.
func windowsNumber(v pe.Version) bool {
	return v[0] == 4 && v[1] == 0 && v[2] == 1381 || v[0] == 5 && v[1] <= 2 && v[2] >= 2195 ||
		v[0] == 6 && v[1] <= 3 && v[2] >= 6000 || v[0] == 10 && v[1] == 0 && v[2] >= 10240
}

// Walk visits the entries below a directory, directories before what is in them,
// at most depth levels. What cannot be read is left out. visit returns false to
// end.
func Walk(t Tree, dir string, depth int, visit func(path string, e Info) bool) bool {
	if depth <= 0 {
		return true
	}
	list, err := t.ReadDir(dir)
	if err != nil {
		return true
	}
	for _, e := range list {
		path := Join(dir, e.Name)
		if !visit(path, e) || e.Dir && !Walk(t, path, depth-1, visit) {
			return false
		}
	}
	return true
}
