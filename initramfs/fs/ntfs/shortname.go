package ntfs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// newName is a name that a file is to get.
type newName struct {
	units     []uint16
	namespace byte
}

// Limits of the search for a DOS alias and of the look at the neighbours.
const (
	maxAliasTries = 64
	maxNeighbours = 64
)

// namesFor makes the names of a file in a directory: one that is both kinds,
// or a Win32 name and its DOS alias, or a Win32 name alone on a volume that
// makes no aliases.
func (c *change) namesFor(dir *node, t *tree, name []uint16) ([]newName, error) {
	if fits83(name) {
		return []newName{{name, nameWinDOS}}, nil
	}
	if c.hints.namedIn != t.f.ref() {
		makes, err := c.makesAliases(dir)
		if err != nil {
			return nil, err
		}
		c.hints.namedIn, c.hints.aliases = t.f.ref(), makes
	}
	if !c.hints.aliases {
		return []newName{{name, nameWin32}}, nil
	}
	alias, err := aliasFor(t, name)
	if err != nil {
		return nil, err
	}
	return []newName{{name, nameWin32}, {alias, nameDOS}}, nil
}

// makesAliases looks at the names in the directory, then in those above it,
// until there is a long one: it has an alias or not. A volume without any long
// name has them: that is how Windows formats.
func (c *change) makesAliases(dir *node) (bool, error) {
	for depth := 0; depth < maxDepth*8; depth++ {
		found, err := c.aliasesIn(dir)
		if err != nil || found != 0 {
			return found > 0, err
		}
		if dir.rec.no == recordRoot {
			return true, nil
		}
		path := fs.SplitPath(dir.path)
		if dir, err = c.find(fs.JoinPath(path[:len(path)-1]...)); err != nil {
			return false, err
		}
	}
	return true, nil
}

// aliasesIn is 1 when there is an alias among the first names of a directory,
// -1 when there is a Win32 name and no alias, else 0.
func (c *change) aliasesIn(dir *node) (found int, err error) {
	if _, err := dir.directory(); err != nil {
		return 0, err
	}
	f, err := c.load(dir.inode)
	if err != nil {
		return 0, err
	}
	t, err := c.directoryTree(f)
	if err != nil {
		return 0, err
	}
	seen := 0
	err = t.eachFirst(func(e treeEntry) bool {
		switch fileName(e.key()).namespace() {
		case nameDOS:
			found = 1
			return false
		case nameWin32:
			found = -1
		}
		seen++
		return seen < maxNeighbours
	})
	return found, err
}

// aliasFor makes a DOS name that is free: six characters and ~1 to ~4, then
// two characters, four digits of a hash of the long name, and ~1 and on.
func aliasFor(t *tree, name []uint16) ([]uint16, error) {
	base, ext := aliasParts(name)
	for i := 1; i <= maxAliasTries; i++ {
		s, n := base[:min(len(base), 6)], i
		if i > 4 {
			s = fmt.Sprintf("%.2s%04X", base, hashName(name)+uint16((i-5)/9))
			n = (i-5)%9 + 1
		}
		s += "~" + strconv.Itoa(n)
		if ext != "" {
			s += "." + ext
		}
		u := fs.EncodeName(s)
		if e, err := t.lookup(u); err != nil || e == nil {
			return u, err
		}
	}
	return nil, fmt.Errorf("no free 8.3 name for %q: %w", fs.DecodeName(name), fs.ErrExist)
}

// aliasParts gives the base and the extension from which an alias is made:
// upper case, spaces and dots dropped, what DOS does not know as underscore.
func aliasParts(name []uint16) (base, ext string) {
	dot := -1
	for i, c := range name {
		if c == '.' && i > 0 {
			dot = i
		}
	}
	if dot >= 0 && len(slices.DeleteFunc(slices.Clone(name[:dot]), func(c uint16) bool { return c == '.' || c == ' ' })) > 0 {
		ext = aliasText(name[dot+1:])
		name = name[:dot]
	}
	if base = aliasText(name); base == "" {
		base = "_"
	}
	return base, ext[:min(len(ext), 3)]
}

func aliasText(u []uint16) string {
	var b strings.Builder
	for _, c := range u {
		switch {
		case c == '.' || c == ' ':
		case !dosChar(c):
			b.WriteByte('_')
		default:
			b.WriteByte(byte(c))
		}
	}
	return strings.ToUpper(b.String())
}

// hashName is a checksum of a name; that of Windows is not public, and any
// will do.
func hashName(u []uint16) uint16 {
	var h uint16
	for _, c := range u {
		h = h*0x25 + c
	}
	return h
}
