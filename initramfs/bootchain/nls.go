package bootchain

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// NLSFile is a table of characters that the loader of NT 4 to Server 2003 takes
// along with the kernel.
type NLSFile struct {
	Name string // below system32, lower case: "c_1252.nls"
	Page int    // the code page, 0 for the table of upper and lower case
	Err  error  // why it cannot be loaded; ErrFileUnread: it cannot be told
}

// ErrNoTable: the file is no table of that code page.
var ErrNoTable = errors.New("is no table of the code page")

// NLSFiles lists the tables that the registry names. Control\Nls\CodePage names by
// ACP and OEMCP the values that hold the files of code pages, Control\Nls\Language
// by Default that of upper and lower case.
func NLSFiles(w *inspect.Installation) ([]NLSFile, error) {
	if w.System == nil || w.SystemErr != nil {
		return nil, errors.New("the registry cannot be read")
	}
	set, err := w.System.ControlSet(bootSet(w.System))
	if err != nil {
		return nil, err
	}
	var all []NLSFile
	for _, which := range []string{"ACP", "OEMCP"} {
		number, name := namedBy(w.System.Hive, set.Path+`\Control\Nls\CodePage`, which)
		page, err := strconv.Atoi(number)
		if name != "" && err == nil {
			all = append(all, NLSFile{Name: name, Page: page})
		}
	}
	if len(all) == 0 {
		return nil, errors.New("the registry does not name them")
	}
	if len(all) == 2 && all[0] == all[1] {
		all = all[:1]
	}
	_, name := namedBy(w.System.Hive, set.Path+`\Control\Nls\Language`, "Default")
	if name == "" {
		name = "l_intl.nls"
	}
	all = append(all, NLSFile{Name: name})
	for i := range all {
		all[i].check(w)
	}
	return all, nil
}

// namedBy reads the value of a key, and the value that this one names.
func namedBy(hive *regf.Hive, key, which string) (number, name string) {
	k, err := hive.Key(key)
	if err != nil {
		return "", ""
	}
	read := func(name string) string {
		v, err := k.Value(name)
		if err != nil {
			return ""
		}
		text, err := v.Text()
		if err != nil {
			return ""
		}
		return text
	}
	if number = read(which); number == "" {
		return "", ""
	}
	name = strings.ToLower(read(number))
	if strings.ContainsAny(name, `\/:`) {
		return number, "" // no name of a file in system32
	}
	return number, name
}

// Path is where the file is on the volume of the installation.
func (f NLSFile) Path(w *inspect.Installation) string { return w.Path(`system32\` + f.Name) }

func (f *NLSFile) check(w *inspect.Installation) {
	file, err := w.Volume.FS.Open(f.Path(w))
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrNotDir):
		f.Err = fmt.Errorf("%s %w", f.Path(w), ErrFileMissing)
		return
	case err != nil:
		f.Err = fmt.Errorf("%s %w: %w", f.Path(w), ErrFileUnread, err)
		return
	}
	head := make([]byte, min(file.Info().Size, NLSHead))
	if n, err := file.ReadAt(head, 0); n < len(head) {
		f.Err = fmt.Errorf("%s %w: %w", f.Path(w), ErrFileUnread, err)
		return
	}
	if err := f.Accepts(head); err != nil {
		f.Err = fmt.Errorf("%s %w", f.Path(w), err)
	}
}

// NLSHead is how many bytes of a table are looked at.
const NLSHead = 64

// Accepts judges the first bytes of a file. A table of a code page begins with the
// words 000D and the number of the page (create_nls of ReactOS, nlsdump); of the
// other table no such thing is known here, but it is not filled with zeros.
func (f NLSFile) Accepts(head []byte) error {
	switch {
	case len(head) == 0:
		return ErrFileEmpty
	case len(head) < NLSHead:
		return ErrNoTable
	case f.Page == 0 && filledWith(head):
		return fmt.Errorf("%w: it is filled with %02X", ErrNoTable, head[0])
	case f.Page == 0:
		return nil
	}
	if size, page := binary.LittleEndian.Uint16(head), int(binary.LittleEndian.Uint16(head[2:])); size != 0x0D || page != f.Page {
		return fmt.Errorf("%w: it begins with %04X and %d, not 000D and %d", ErrNoTable, size, page, f.Page)
	}
	return nil
}

// nlsStage looks at the tables of characters.
func nlsStage(w *inspect.Installation) Stage {
	s := Stage{Name: "NLS files", Where: w.Volume.ID() + " " + w.HivePath}
	files, err := NLSFiles(w)
	if err != nil {
		s.What = err.Error()
		return s
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
		switch {
		case errors.Is(f.Err, ErrFileUnread):
			s.What = f.Err.Error()
			return s
		case f.Err != nil:
			s.State, s.Where = Broken, w.Volume.ID()+" "+f.Path(w)
			s.What, s.Symptom = f.Err.Error(), f.Symptom()
			return s
		}
	}
	s.State, s.What = OK, strings.Join(names, ", ")
	return s
}

// Symptom is what the loader says of a table that it cannot load.
func (f NLSFile) Symptom() string { return FileSymptom(`<Windows root>\system32\` + f.Name) }
