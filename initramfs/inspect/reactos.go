package inspect

import (
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// IsReactOS reports whether the installation is a ReactOS, which says that it is
// a Windows of version 5.2: by its name, or by the folder that its set-up makes.
func (w *Installation) IsReactOS() bool {
	if w.VersionErr == nil && strings.Contains(strings.ToLower(w.Version.ProductName), "reactos") {
		return true
	}
	names := fs.SplitPath(w.Root)
	return len(names) > 0 && strings.EqualFold(names[len(names)-1], "reactos")
}
