package condition

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// cbsKey is what the servicing stack keeps in SOFTWARE, and the keys below it that
// are there while an update waits.
const cbsKey = `Microsoft\Windows\CurrentVersion\Component Based Servicing`

var (
	waiting = []string{"RebootPending", "RebootInProgress", "PackagesPending"}
	// storeState are values at the root of COMPONENTS: of an update under way, and
	// of a store that was not closed. Zero is none.
	// Source of both lists: Azure's repair script library, pending servicing.
	storeState = []string{"ExecutionState", "PendingXmlIdentifier", "NextQueueEntryIndex", "AdvancedInstallersNeedResolving", "StoreDirty"}
)

// servicingState says what SOFTWARE and COMPONENTS know of an update that waits. What
// cannot be read is left out: nothing is decided by it.
func servicingState(w *inspect.Installation) (all []inspect.Evidence) {
	if h := hiveNamed(w, "SOFTWARE"); h != nil {
		for _, name := range waiting {
			if _, err := h.Key(cbsKey + `\` + name); err == nil {
				all = append(all, inspect.Evidence{Volume: w.Volume.ID(), Path: hivePath(w, "SOFTWARE") + " " + cbsKey + `\` + name, Offset: -1, Actual: "it is there"})
			}
		}
	}
	h := hiveNamed(w, "COMPONENTS")
	if h == nil {
		return all
	}
	root, err := h.Root()
	if err != nil {
		return all
	}
	for _, name := range storeState {
		v, err := root.Value(name)
		if err != nil {
			continue
		}
		if text := valueText(v); text != "" {
			all = append(all, inspect.Evidence{Volume: w.Volume.ID(), Path: hivePath(w, "COMPONENTS") + " " + name, Offset: -1, Actual: text})
		}
	}
	return all
}

func hiveNamed(w *inspect.Installation, name string) *regf.Hive {
	src, err := hivefile.OnVolume(w.Volume.FS, hivePath(w, name))
	if err != nil {
		return nil
	}
	f, err := hivefile.Open(src)
	if err != nil {
		return nil
	}
	return f.Hive
}

// valueText is a value for people, "" for zero and for nothing.
func valueText(v *regf.Value) string {
	if n, err := v.DWORD(); err == nil {
		if n == 0 {
			return ""
		}
		return fmt.Sprint(n)
	}
	if text, err := v.Text(); err == nil {
		return text
	}
	const shown = 16 // bytes
	b, err := v.Data()
	if err != nil || strings.Trim(string(b), "\x00") == "" {
		return ""
	}
	return hex.EncodeToString(b[:min(len(b), shown)])
}
