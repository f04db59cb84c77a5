package condition

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

// bootFileAttributes are those of boot.ini and the loader's files.
const bootFileAttributes = fs.AttrReadOnly | fs.AttrHidden | fs.AttrSystem

// loaderOn is the loader on the volume of a finding.
func loaderOn(p *inspect.Patient, v *inspect.Volume) (*bootchain.NTLoader, error) {
	for _, l := range bootchain.NTLoaders(p) {
		if l.System == v {
			return l, nil
		}
	}
	return nil, fmt.Errorf("%s has no loader of the generation of NTLDR", v.ID())
}

// writeMenu are the steps that give the menu of a loader other content.
func writeMenu(l *bootchain.NTLoader, content []byte, why string) ([]step.Step, error) {
	s, err := writeFile(l.System, l.Menu.Path, content, why)
	if err != nil {
		return nil, err
	}
	return []step.Step{s}, nil
}

// writeFile is the step that puts content into a file, whether it is there or
// not. A new one gets the attributes of boot files.
func writeFile(v *inspect.Volume, path string, content []byte, why string) (step.Step, error) {
	return fileStep(v, path, content, bootFileAttributes, why)
}

// replaceFile is writeFile for files of Windows: a new one is an ordinary file.
func replaceFile(v *inspect.Volume, path string, content []byte, why string) (step.Step, error) {
	return fileStep(v, path, content, fs.AttrArchive, why)
}

func fileStep(v *inspect.Volume, path string, content []byte, attributes fs.Attributes, why string) (step.Step, error) {
	c, err := step.NewContent(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	s := step.WriteFile{Volume: v, Path: path, New: c, Why: why}
	if bootchain.Exists(v, path) {
		old, err := step.StateOf(v.FS, path)
		if err != nil {
			return nil, err
		}
		s.Old = &old
		return s, nil
	}
	s.Attributes = &attributes
	return s, nil
}

// corrections are those of a menu that are certain: boot.ini is written once,
// whichever of its faults is mended, so that one does not undo the other.
func corrections(l *bootchain.NTLoader) []bootchain.Correction {
	wrong, _ := l.Wrong()
	scsi, _ := l.NeedsSCSI()
	all := slices.DeleteFunc(append(wrong, scsi...), func(c bootchain.Correction) bool { return c.Doubt != "" })
	for _, c := range l.MissingSwitchFiles() {
		if c.Fatal {
			all = append(all, c)
		}
	}
	return all
}

// fixMenu are the steps that end any of the faults of a menu.
func fixMenu(p *inspect.Patient, f Finding, more ...bootchain.Correction) ([]step.Step, error) {
	l, err := loaderOn(p, f.Volume)
	if err != nil {
		return nil, err
	}
	content, err := l.Apply(append(corrections(l), more...))
	if err != nil {
		return nil, err
	}
	if bytes.Equal(content, l.Menu.Data) {
		return nil, fmt.Errorf("%s on %s: nothing to correct", l.Menu.Path, l.System.ID())
	}
	return writeMenu(l, content, "the loader finds Windows where it is")
}

// menuFinding makes the finding for corrections of one kind, false when there is
// none.
func menuFinding(l *bootchain.NTLoader, all []bootchain.Correction, unsure []string) (Finding, bool) {
	if len(all)+len(unsure) == 0 {
		return Finding{}, false
	}
	f := Finding{Result: Present, Severity: Warning, Confidence: High, Volume: l.System, Fixable: len(all) > 0}
	for _, c := range all {
		if c.Fatal {
			f.Severity = Fatal
		}
		if c.Doubt != "" {
			f.Confidence, f.Advice = Low, "It is done on request only (--only): "+c.Doubt+"."
		}
		f.Evidence = append(f.Evidence, inspect.Evidence{Volume: l.System.ID(), Path: l.Menu.Path, Offset: -1, Actual: c.Why, Expected: expectedOf(l, c)})
	}
	for _, why := range unsure {
		f.Evidence = append(f.Evidence, inspect.Evidence{Volume: l.System.ID(), Path: l.Menu.Path, Offset: -1, Actual: why})
	}
	if len(all) == 0 {
		f.Confidence = Low
		f.Advice = "Correct " + l.Menu.Path[1:] + " by hand. The installations are: " + addresses(l) + "."
	}
	return f, true
}

func expectedOf(l *bootchain.NTLoader, c bootchain.Correction) string {
	if c.To == nil {
		return ""
	}
	root, rdisk, partition, ok := l.Address(c.To)
	if !ok {
		return ""
	}
	return fmt.Sprintf(`multi(0)disk(0)rdisk(%d)partition(%d)%s`, rdisk, partition, root)
}

func addresses(l *bootchain.NTLoader) string {
	text := ""
	for _, w := range l.Windows {
		if root, rdisk, partition, ok := l.Address(w); ok {
			if text != "" {
				text += "; "
			}
			text += fmt.Sprintf(`multi(0)disk(0)rdisk(%d)partition(%d)%s`, rdisk, partition, root)
		}
	}
	return text
}
