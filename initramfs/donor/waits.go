package donor

import (
	"errors"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// updateWaits says that an update is completed at the next start, or that nothing tells
// whether one is; "": none is. Then SOFTWARE may name versions that system32 does not
// have yet.
func updateWaits(w *inspect.Installation) string {
	const waits = "an update waits to be completed"
	if bootchain.Exists(w.Volume, w.Path(`WinSxS\pending.xml`)) {
		return waits
	}
	if software := softwareHive(w); software != nil {
		if _, err := software.Key(`Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending`); !errors.Is(err, regf.ErrNotExist) {
			return waits
		}
	}
	if w.System == nil || w.System.Hive == nil {
		return "SYSTEM cannot be read, which would say whether an update waits"
	}
	for _, set := range w.ControlSets {
		k, err := w.System.Hive.Key(set.Path + `\Control\Session Manager`)
		if err != nil {
			continue // that is no control set to start with
		}
		for name, marks := range map[string][]string{"SetupExecute": {"poqexec"}, "PendingFileRenameOperations": {`\winsxs\`, `\servicing\`, `\cbstemp\`}} {
			v, err := k.Value(name)
			if errors.Is(err, regf.ErrNotExist) {
				continue
			}
			if err != nil {
				return waits
			}
			// The list may have empty names in it (files to be deleted), at which
			// reading it as a list ends.
			data, err := v.Data()
			text := strings.ToLower(strings.ReplaceAll(string(data), "\x00", ""))
			for _, mark := range marks {
				if err != nil || strings.Contains(text, mark) {
					return waits
				}
			}
		}
	}
	return ""
}
