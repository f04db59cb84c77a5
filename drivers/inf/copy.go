package inf

import (
	"strings"
)

// Copy is a file that is copied.
type Copy struct {
	// Name is that of the copy, Source that of the file in the package.
	Name, Source string
	// Dest is where it goes, its name included.
	Dest Place
	// Flags are COPYFLG_..., e.g. 2 (must not be skipped).
	Flags uint32
	// Disk is the description of the disk, Dir the directory of the file on it,
	// below the INF's own; Cabinet names a cabinet or a tag file there.
	Disk, Dir, Cabinet string
	// Listed: [SourceDisksFiles] has the file. Files of Windows itself are in
	// the list of another file (LayoutFile).
	Listed bool
}

// copyFiles reads a CopyFiles entry: @file, or names of lists.
func (in *installer) copyFiles(s *section, l line) error {
	for _, name := range in.d.names(l) {
		if file, ok := strings.CutPrefix(name, "@"); ok {
			if err := in.count(s, l); err != nil {
				return err
			}
			if err := in.copyFile("", file, "", 0); err != nil {
				return err
			}
			continue
		}
		list, err := in.named(name, s, l)
		if err != nil {
			return err
		}
		for _, e := range list.lines {
			// dest[,source][,temporary name][,flags]
			if err := in.count(list, e); err != nil {
				return err
			}
			if e.hasKey || e.value(0) == "" {
				continue
			}
			if err := in.copyFile(name, in.d.text(e.value(0)), in.d.text(e.value(1)), in.flags(list, e, 3)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (in *installer) copyFile(list, name, source string, flags uint32) error {
	if source == "" {
		source = name
	}
	dir, err := in.destination(list)
	if err != nil {
		return err
	}
	c := Copy{Name: name, Source: source, Dest: dir.join(name), Flags: flags}
	in.locate(&c)
	in.do.Files = append(in.do.Files, c)
	return nil
}

// locate finds the file on the disks of the package.
func (in *installer) locate(c *Copy) {
	suffix := "." + string(in.t.Arch)
	var l line
	for _, name := range []string{"SourceDisksFiles" + suffix, "SourceDisksFiles"} {
		if l, c.Listed = in.f.section(name).find(c.Source); c.Listed {
			break
		}
	}
	if !c.Listed {
		return
	}
	disk := in.d.text(l.value(0))
	subdir := relative(in.d.text(l.value(1)))
	for _, name := range []string{"SourceDisksNames" + suffix, "SourceDisksNames"} {
		if l, ok := in.f.section(name).find(disk); ok {
			c.Disk, c.Cabinet = in.d.text(l.value(0)), in.d.text(l.value(1))
			c.Dir = relative(in.d.text(l.value(3)))
			break
		}
	}
	c.Dir = Place{Path: c.Dir}.join(subdir).Path
}

// relative makes of \a\b\ or .\a\b a path that can be joined.
func relative(path string) string {
	path = strings.Trim(path, `\`)
	if path == "." {
		return ""
	}
	return strings.TrimPrefix(path, `.\`)
}
