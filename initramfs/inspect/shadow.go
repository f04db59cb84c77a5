package inspect

import (
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// Shadow copies lie in files that carry this GUID in their name (libyal's
// documentation of the Volume Shadow Snapshot format).
const (
	shadowFolder = `\System Volume Information`
	shadowGUID   = "{3808876b-c176-4e48-b7ae-04046e6cc752}"
)

// ShadowCopies reports whether the volume has shadow copies (restore points of
// Vista and later, previous versions). They hold what clusters had before
// Windows changed them; what is changed while Windows does not run is missing
// there.
func (v *Volume) ShadowCopies() bool {
	if v.FS == nil || v.Kind != fs.NTFS {
		return false
	}
	entries, err := v.FS.ReadDir(shadowFolder)
	if err != nil {
		return false // none, or condition volume-damaged says so
	}
	for _, e := range entries {
		// The catalog of the store is there as long as there are copies; each
		// has a file of its own, "{id}{GUID}".
		if name := strings.ToLower(e.Name); len(name) > len(shadowGUID) && strings.HasSuffix(name, shadowGUID) {
			return true
		}
	}
	return false
}
