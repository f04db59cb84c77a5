package action

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/bootmend/bootmend/initramfs/win/regtext"
)

// The content of a .reg file, in the hives that it is for: what people did in the
// registry editor of another Windows with "load hive".
//
// Where: HKEY_LOCAL_MACHINE\SYSTEM, SOFTWARE, SAM, SECURITY, DRIVERS and COMPONENTS
// are the files of these names in system32\config, HKEY_USERS\.DEFAULT is DEFAULT
// there, in a file of its own. CurrentControlSet means every control set.
// Refused: a file with anything else, which would otherwise be left out silently:
// HKEY_CURRENT_USER and HKEY_USERS\S-1-... (which user?), HKEY_CLASSES_ROOT, hives that
// were loaded under a name; bootmend hive import takes such with the hive named and --map.
// What Windows does not start without is not deleted.
var importReg = Action{
	Name: "import-reg", Argument: "FILE", One: true,
	Title: "Apply a .reg file to the registry of a Windows",
	Plan: func(_ context.Context, d *Desk, w *inspect.Installation, path string) (Outcome, error) {
		o := Outcome{Title: fmt.Sprintf("import %s into the registry of %s", path, w.Label())}
		text, err := d.readReg(path)
		if err != nil {
			return o, err
		}
		parts, err := hivesOf(text)
		if err != nil {
			return o, fmt.Errorf("%s: %w", path, err)
		}
		if len(parts) == 0 {
			o.note("%s has no entry.", path)
		}
		for _, part := range parts {
			steps, done, err := d.importPart(w, part, text)
			if err != nil {
				return o, refuseImport(path, err)
			}
			o.Steps = append(o.Steps, steps...)
			o.note("%s: %d keys, %d values set, %d keys and %d values deleted, counted in each control set.", w.Path(part.below), done.Keys, done.ValuesSet, done.KeysDeleted, done.ValuesDeleted)
		}
		return o, nil
	},
}

// maxReg bounds the text of a .reg file; those of people have kilobytes, that of
// a whole SYSTEM hive 30 MB.
const maxReg = 64 << 20

func (d *Desk) readReg(path string) ([]byte, error) {
	if d.open == nil {
		return nil, fmt.Errorf("%s: files cannot be opened here: %w", path, fs.ErrUnsupported)
	}
	f, err := d.open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxReg+1))
	if err == nil && len(text) > maxReg {
		err = fmt.Errorf("%s: larger than %d MiB: %w", path, maxReg>>20, fs.ErrUnsupported)
	}
	return text, err
}

// hivePart is a hive that a .reg file is for.
type hivePart struct {
	below string // path below the system root
	user  bool   // it is one of users
}

// hivesOf lists the hives that a .reg file is for, each once. Refusals name the
// line.
func hivesOf(text []byte) ([]hivePart, error) {
	r, err := regtext.NewReader(bytes.NewReader(text), regtext.ReadOptions{})
	if err != nil {
		return nil, &RefusedError{err.Error()}
	}
	var all []hivePart
	seen := map[string]bool{}
	for {
		e, err := r.Next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, &RefusedError{err.Error()}
		}
		part, ok := partOf(e.Key)
		if !ok {
			return nil, refuse("line %d: which hive %s is in cannot be told; import it with bootmend hive import, the hive named", e.Line, e.Key)
		}
		if seen[part.below] {
			continue
		}
		seen[part.below] = true
		all = append(all, part)
		// To a machine hive, HKEY_USERS\.DEFAULT could be a name it was loaded under.
		if len(all) > 1 && (part.user || all[0].user) {
			return nil, refuse(`line %d: the file is for HKEY_LOCAL_MACHINE and for HKEY_USERS\.DEFAULT; import one file for each`, e.Line)
		}
	}
}

const configBelow = `system32\config\`

// partOf is the hive of a path of the registry.
func partOf(path string) (hivePart, bool) {
	root, rest, _ := strings.Cut(path, `\`)
	name, _, _ := strings.Cut(rest, `\`)
	switch {
	case strings.EqualFold(root, "HKEY_LOCAL_MACHINE"), strings.EqualFold(root, "HKLM"):
		switch kind := registry.KindMounted(name); kind {
		case registry.KindUnknown, registry.KindBCD:
			return hivePart{}, false
		default:
			return hivePart{below: configBelow + string(kind)}, true
		}
	case (strings.EqualFold(root, "HKEY_USERS") || strings.EqualFold(root, "HKU")) && strings.EqualFold(name, ".DEFAULT"):
		return hivePart{configBelow + "DEFAULT", true}, true
	}
	return hivePart{}, false
}

// importPart applies what is for one hive.
func (d *Desk) importPart(w *inspect.Installation, part hivePart, text []byte) ([]step.Step, hivefile.Imported, error) {
	path := w.Path(part.below)
	f, err := d.hive(w.Volume, path)
	if err != nil {
		return nil, hivefile.Imported{}, err
	}
	c, done, err := f.Import(bytes.NewReader(text), regtext.ReadOptions{}, hivefile.EditOptions{Version: w.Version}, regtext.ApplyOptions{SkipOtherHives: true})
	if err != nil || c.Empty() {
		return nil, done, err
	}
	steps, err := step.HiveSteps(w.Volume, path, f.Hive, c, "")
	return steps, done, err
}

// refuseImport turns what a file asks for and cannot have into a refusal.
func refuseImport(path string, err error) error {
	for _, known := range []error{regtext.ErrSyntax, regtext.ErrMapping, regtext.ErrLink, hivefile.ErrVital, hivefile.ErrNotUsable, hivefile.ErrDropsLogs,
		regf.ErrRefused, regf.ErrLimit, regf.ErrTooMany, fs.ErrNotExist} {
		if errors.Is(err, known) {
			return refuse("%s: %v", path, err)
		}
	}
	return fmt.Errorf("%s: %w", path, err)
}
