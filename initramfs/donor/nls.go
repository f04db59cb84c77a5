package donor

import (
	"fmt"

	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
)

// NLSCopy is a table of characters that was found.
type NLSCopy struct {
	Where string // "\WINDOWS\system32\dllcache\c_1252.nls on disk partition 1"
	Data  []byte
	// Own: the installation itself keeps it (file protection's cache, service pack
	// files), or another one of the same version has it in use.
	Own bool
}

// maxTable is some times the size of the largest table (c_936.nls: 192 KiB).
const maxTable = 2 << 20

// NLSFile finds a table for an installation: first what it keeps itself, then what
// another one of the same version has, then set-up folders and what is attached.
// nil when there is none; rejected says why not what was found.
func NLSFile(p *inspect.Patient, w *inspect.Installation, f bootchain.NLSFile) (best *NLSCopy, rejected []string) {
	try := func(t source.Tree, dir string, own bool) {
		if t == nil || best != nil {
			return
		}
		where := source.Join(dir, f.Name) + " on " + t.Name()
		data, err := source.ReadFile(t, source.Join(dir, f.Name), maxTable)
		if err != nil {
			return
		}
		if err := f.Accepts(data[:min(len(data), bootchain.NLSHead)]); err != nil {
			rejected = append(rejected, fmt.Sprintf("%s: it %v", where, err))
			return
		}
		best = &NLSCopy{where, data, own}
	}
	for _, dir := range []string{`system32\dllcache`, `ServicePackFiles\i386`, `ServicePackFiles\amd64`} {
		try(w.Volume.Tree(), w.Path(dir), true)
	}
	for _, o := range p.Windows {
		if o != w && sameRelease(o, w) {
			try(o.Volume.Tree(), o.Path("system32"), true)
		}
	}
	for _, v := range p.Volumes() {
		if t := v.Tree(); t != nil {
			try(t, `\`, false)
			addFolders(t, func(t source.Tree, dir string) { try(t, dir, false) })
		}
	}
	for _, t := range p.Media {
		try(t, `\`, false)
		addFolders(t, func(t source.Tree, dir string) { try(t, dir, false) })
	}
	return best, rejected
}

// sameRelease reports whether both are of the same version of Windows; tables do
// not change with service packs.
func sameRelease(a, b *inspect.Installation) bool {
	return a.VersionErr == nil && b.VersionErr == nil && a.Version.Major == b.Version.Major && a.Version.Minor == b.Version.Minor
}
