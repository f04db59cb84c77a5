package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/bootmend/bootmend/drivers/cab"
)

// Errors about files that could have something in them.
var (
	// ErrNotContainer: the file is neither a cabinet nor a program with one.
	ErrNotContainer = errors.New("neither a cabinet nor a program with cabinets in it")
	// ErrDelta: the package has differences to files of Windows and no whole
	// files (Intra-Package Delta, patches).
	ErrDelta = errors.New("the package holds differences between files (Intra-Package Delta), from which only its own set-up can make whole files: " +
		"take the file itself from another Windows of the same version, or unpack the package on a Windows (/x, or expand) and name the folder")
	// ErrOtherArchive: an archive of a kind that is not read.
	ErrOtherArchive = errors.New("archives of this kind are not read: unpack it and name the folder")
)

// deltaMarks are files that packages with Intra-Package Delta have in their
// cabinet beside the differences: hotfixes of 2000 to 2003, updates of Vista and
// later.
var deltaMarks = []string{"_sfx_manifest_", "_sfx_.dll", "_manifest_.cix.xml"}

func (t *cabinet) isDelta() bool {
	for _, mark := range deltaMarks {
		if t.file[`\`+mark] != nil {
			return true
		}
	}
	return false
}

// Program makes a Tree of the cabinets in a self-extracting program: in its
// resources (IExpress) or behind its end (hotfixes). With more than one cabinet
// each has a folder "cabinet 1", "cabinet 2", ... Errors wrap ErrNotContainer,
// ErrDelta or ErrOtherArchive, or come from f.
func Program(name string, f File) (Tree, error) {
	var all []*cabinet
	for c, err := range cab.Find(f, f.Size(), cab.Options{}) {
		if err != nil {
			if len(all) > 0 && errors.Is(err, cab.ErrDamaged) {
				break // what came before is good
			}
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		t := newCabinet(name, c)
		if t.isDelta() {
			return nil, fmt.Errorf("%s: %w", name, ErrDelta)
		}
		all = append(all, t)
	}
	switch len(all) {
	case 0:
		if kind := foreignArchive(f); kind != "" {
			return nil, fmt.Errorf("%s: a program with a %s archive in it: %w", name, kind, ErrOtherArchive)
		}
		return nil, fmt.Errorf("%s: %w", name, ErrNotContainer)
	case 1:
		return all[0], nil
	}
	parts := map[string]Tree{}
	var order []string
	for i, t := range all {
		part := fmt.Sprintf("cabinet %d", i+1)
		parts[part], order = t, append(order, part)
	}
	return Folders(name, order, parts), nil
}

// foreignArchive names the archive that other self-extracting programs carry; it
// begins behind a program of some 100 KiB.
func foreignArchive(f File) string {
	b := make([]byte, min(2<<20, f.Size()))
	if n, _ := f.ReadAt(b, 0); n < len(b) {
		return ""
	}
	for _, a := range []struct{ magic, kind string }{{"7z\xbc\xaf\x27\x1c", "7-Zip"}, {"Rar!\x1a\x07", "RAR"}, {"\xef\xbe\xad\xdeNullsoftInst", "NSIS"}, {"PK\x03\x04", "zip"}} {
		if bytes.Contains(b, []byte(a.magic)) {
			return a.kind
		}
	}
	return ""
}

// Inside makes a Tree of a cabinet or a self-extracting program in a Tree. Other
// cabinets of a set are looked for beside it. Errors as of Cabinet and Program;
// ErrNotContainer says that there is nothing in the file.
func Inside(t Tree, path string) (Tree, error) {
	f, err := t.Open(path)
	if err != nil {
		return nil, err
	}
	name := t.Name() + " " + Join(path)
	return Contents(name, f, func(part string) (File, error) { return t.Open(Join(Dir(path), part)) })
}

// Contents is Inside for an open file; near is as for Cabinet.
func Contents(name string, f File, near func(string) (File, error)) (Tree, error) {
	var head [4]byte
	n, err := f.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	switch {
	case bytes.HasPrefix(head[:n], []byte("MSCF")):
		return Cabinet(name, f, near)
	case bytes.HasPrefix(head[:n], []byte("MZ")):
		return Program(name, f)
	}
	return nil, fmt.Errorf("%s: %w", name, ErrNotContainer)
}
