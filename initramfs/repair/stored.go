package repair

import (
	"slices"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// storedNotes says which files were stored compressed, by NTFS or by the system
// (CompactOS), and are written plain: undo brings back what was in them, not how it
// was stored.
func (r *rehearsal) storedNotes() []string {
	var all []string
	for _, w := range r.written {
		if w.volume.FS == nil {
			continue // it was formatted
		}
		info, err := w.volume.FS.Stat(w.path)
		if err != nil || info.IsDir() || info.Attributes&(fs.AttrCompressed|fs.AttrReparse) == 0 {
			continue // it is new, or stored as it will be
		}
		note := w.volume.ID() + " " + w.path + " is stored in compressed form now; taking the repair back brings back its content, not the compression."
		if !slices.Contains(all, note) {
			all = append(all, note)
		}
	}
	return all
}
