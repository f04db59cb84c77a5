package condition

import (
	"context"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// The entry of a Windows names a loader that is not there or is for the other
// firmware, or a folder without Windows.
//
// Seen as: 0xc000000f or 0xc0000225 "The selected entry could not be loaded because
// the application is missing or corrupt", \Windows\system32\winload.efi or
// winload.exe. Vista and later.
// Cause: MBR converted to GPT or back without a new store, an entry made by hand.
// Evidence: path and systemroot of the entry against the files on the partition that
// it names.
// Fix: path and systemroot of the one Windows on that partition.
// Not fixed: several Windows on the partition, of which the entry names none; a
// loader that is missing itself (winload-missing).
var bcdPathWrong = Condition{
	ID:     "bcd-path-wrong",
	Title:  "The boot configuration (BCD) names a wrong loader or folder",
	Detect: detectBCDPathWrong,
	Fix: func(p *inspect.Patient, f Finding) ([]step.Step, error) {
		return editStore(p, f.Volume, "the boot manager finds the loader of Windows", func(m *bootchain.BootManager, e *bcd.Editor) error {
			for _, w := range wrongPaths(p, m) {
				if err := e.Set(w.entry.ID, w.element, bcd.String(w.want)); err != nil {
					return err
				}
			}
			return nil
		})
	},
}

// wrongPath is an element of an entry that leads nowhere.
type wrongPath struct {
	entry   *bcd.Object
	element bcd.ElementType
	want    string
}

// programExt is how programs for the boot manager end.
func programExt(m *bootchain.BootManager) string {
	if m.Firmware == bcd.UEFI {
		return ".efi"
	}
	return ".exe"
}

// winloadOf is the path of the loader of a Windows on its volume.
func winloadOf(m *bootchain.BootManager, w *inspect.Installation) string {
	return w.Path(`system32\winload` + programExt(m))
}

// wrongPaths looks at the entries that name the partition of a Windows. An entry
// counts when it starts by default, or when the Windows has no other.
func wrongPaths(p *inspect.Patient, m *bootchain.BootManager) []wrongPath {
	var all []wrongPath
	for _, o := range m.Store.Objects {
		w := windowsOn(m, o)
		if w == nil || o != m.Store.Object(bcd.DefaultEntry) && m.Loader(w) != nil && m.Loader(w) != o {
			continue
		}
		if root := textOf(o, bcd.ElementSystemRoot); !strings.EqualFold(fs.JoinPath(root), fs.JoinPath(w.Root)) {
			if bootchain.HasFile(w.Volume.FS, fs.JoinPath(root, `system32\ntoskrnl.exe`)) {
				continue // a Windows that is not one of ours to judge
			}
			all = append(all, wrongPath{o, bcd.ElementSystemRoot, w.Root})
		}
		path, want := textOf(o, bcd.ElementPath), winloadOf(m, w)
		fits := strings.HasSuffix(strings.ToLower(path), programExt(m))
		if (!fits || !bootchain.HasFile(w.Volume.FS, path)) && !strings.EqualFold(path, want) && willHaveLoader(p, m, w, want) {
			all = append(all, wrongPath{o, bcd.ElementPath, want})
		}
	}
	return all
}

// willHaveLoader: the loader is there, or winload-missing brings it in the same repair.
func willHaveLoader(p *inspect.Patient, m *bootchain.BootManager, w *inspect.Installation, path string) bool {
	return bootchain.HasFile(w.Volume.FS, path) || winloadCopy(p, m, w) != nil
}

// windowsOn is the Windows that a loader object means: on the partition that it
// names, in its folder or the only one there. Nil for Windows PE, recovery, and what
// nothing tells.
func windowsOn(m *bootchain.BootManager, o *bcd.Object) *inspect.Installation {
	e := o.Element(bcd.ElementOSDevice)
	if o.Type != bcd.TypeLoader || e == nil || bootchain.IsYes(o.Element(bcd.ElementWinPE)) {
		return nil
	}
	d, err := e.Device()
	if err != nil || d.Kind != bcd.KindPartition {
		return nil
	}
	var on []*inspect.Installation
	for _, w := range m.Windows {
		id, err := bootchain.StoreIdentity(w.Volume)
		if err != nil || len(d.Identities()) != 1 || d.Identities()[0] != id {
			continue
		}
		if strings.EqualFold(fs.JoinPath(textOf(o, bcd.ElementSystemRoot)), fs.JoinPath(w.Root)) {
			return w
		}
		on = append(on, w)
	}
	if len(on) == 1 {
		return on[0]
	}
	return nil
}

// textOf is the text of an element, "" where it has none.
func textOf(o *bcd.Object, t bcd.ElementType) string {
	if e := o.Element(t); e != nil {
		if text, err := e.Text(); err == nil {
			return text
		}
	}
	return ""
}

func detectBCDPathWrong(_ context.Context, p *inspect.Patient) []Finding {
	return storeFindings(p, func(m *bootchain.BootManager) *Finding {
		wrong := wrongPaths(p, m)
		if len(wrong) == 0 {
			return nil
		}
		f := &Finding{Result: Present, Severity: Fatal, Confidence: High, Fixable: true,
			Symptom: `0xc000000f or 0xc0000225 "The selected entry could not be loaded because the application is missing or corrupt"`,
			Summary: fmt.Sprintf("%s on %s names a loader or folder of Windows that is not there.", m.Path, m.System.ID())}
		for _, w := range wrong {
			f.Evidence = append(f.Evidence, elementEvidence(m, w.entry, w.element, w.want))
		}
		return f
	})
}
