package inject

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/step"
)

const (
	maxStem    = 32 // characters of the INF's name in that of the folder
	maxFolders = 16 // folders of one package, all of them with files that are not its
)

// packageFolder is where a package is kept, below the system root: the name of its
// INF, which is the same in many packages (oemsetup.inf), and eight digits of a hash
// of its content. A folder in which somebody has other files under the same names
// is left alone, and the next number taken.
func (p *plan) packageFolder(pkg *Package) (string, error) {
	sum := sha256.New()
	for _, f := range pkg.Files {
		fmt.Fprintf(sum, "%s\n%x\n", strings.ToLower(f.Path), f.Content.Sum)
	}
	first := fmt.Sprintf(`Drivers\%s-%x`, stem(pkg.INF), sum.Sum(nil)[:4])
	folder := first
	for n := 2; n <= maxFolders; n++ {
		free, err := p.isFree(folder, pkg)
		if free || err != nil {
			return folder, err
		}
		folder = fmt.Sprintf("%s-%d", first, n)
	}
	path := p.w.Path(first)
	return "", refusals(pkg.INF, path, inspect.Evidence{Volume: p.w.Volume.ID(), Path: path, Offset: -1, Actual: "has other files"})(
		FileConflict, "%s and the folders beside it have other files under the names of the package's. Move them away first, or provide another package", path)
}

// isFree: the folder has none of the files, or the same.
func (p *plan) isFree(folder string, pkg *Package) (bool, error) {
	if info, err := p.w.Volume.FS.Stat(p.w.Path(folder)); err == nil && !info.IsDir() {
		return false, nil
	}
	for _, f := range pkg.Files {
		old, err := step.StateOf(p.w.Volume.FS, p.w.Path(folder+`\`+f.Path))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return false, err
		case old != f.Content.FileState:
			return false, nil
		}
	}
	return true, nil
}

// stem is the name of an INF in characters that mean nothing in a list of folders
// (DevicePath: semicolons part, percent signs name variables).
func stem(inf string) string {
	base, _, _ := strings.Cut(inf, ".")
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, base)
	return safe[:min(len(safe), maxStem)]
}
