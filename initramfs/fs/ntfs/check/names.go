package check

import (
	"fmt"
	"hash/maphash"
)

// Name spaces of a $FILE_NAME.
const (
	spacePOSIX = 0
	spaceWin32 = 1
	spaceDOS   = 2
	spaceBoth  = 3
)

// name is one $FILE_NAME.
type name struct {
	parent reference
	space  byte
	name   string // UTF-16, two bytes a unit
	dir    bool   // the copy of the directory flag
}

// parseName decodes the value of a $FILE_NAME, which is also an index key.
func parseName(b []byte) (name, error) {
	if len(b) < 0x42 || len(b) < 0x42+2*int(b[0x40]) || b[0x40] == 0 || b[0x41] > spaceBoth {
		return name{}, fmt.Errorf("%d bytes", len(b))
	}
	return name{parent: reference(le.Uint64(b)), space: b[0x41], name: string(b[0x42 : 0x42+2*int(b[0x40])]), dir: le.Uint32(b[0x38:])&0x10000000 != 0}, nil
}

func (n name) String() string {
	return fmt.Sprintf("%q (%s) in record %d", text(n.name), [...]string{"POSIX", "Win32", "DOS", "Win32 & DOS"}[n.space], n.parent.number())
}

// digest is a number for a name of a file; sums of them are compared.
func (n name) digest(seed maphash.Seed, target reference) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	var b [17]byte
	le.PutUint64(b[:], uint64(n.parent))
	le.PutUint64(b[8:], uint64(target))
	b[16] = n.space
	h.Write(b[:])
	h.WriteString(n.name)
	return h.Sum64()
}

// names collects and judges the $FILE_NAME attributes of a file.
func (c *checker) names(f *file) []name {
	no := f.base.no
	var all []name
	for _, a := range f.find(typeFileName, "") {
		n, err := parseName(a.value)
		if err != nil || !a.resident {
			c.bad(FileName, no, a.place(), a.off, "a resident value of 66 bytes and the name", "%v", err)
			continue
		}
		if n.dir != f.base.isDir() {
			c.bad(FileName, no, a.place(), a.off+0x18+0x38, fmt.Sprintf("directory flag %v", f.base.isDir()), "%v", n.dir)
		}
		all = append(all, n)
	}
	if len(all) != int(f.base.links) {
		c.bad(LinkCount, no, "header", 0x12, fmt.Sprintf("%d links, one for each name", len(all)), "%d", f.base.links)
	}
	if len(all) == 0 && no >= firstUserRecord {
		c.bad(FileName, no, "record", -1, "a name", "none")
	}
	c.shortNames(no, all)
	return all
}

// shortNames: a DOS name belongs to a Win32 name in the same directory. The
// other way round is no rule: volumes and directories can do without 8.3 names.
func (c *checker) shortNames(no int64, all []name) {
	type count struct{ win32, dos int }
	per := map[reference]*count{}
	for _, n := range all {
		p := per[n.parent]
		if p == nil {
			p = &count{}
			per[n.parent] = p
		}
		switch n.space {
		case spaceWin32:
			p.win32++
		case spaceDOS:
			p.dos++
		}
		if n.space&spaceDOS != 0 && !fits83(n.name) {
			c.bad(ShortName, no, "$FILE_NAME", -1, "a name of the form 8.3", "%v", n)
		}
	}
	for parent, p := range per {
		if p.dos > 0 && p.win32 == 0 || p.dos > 1 {
			c.bad(ShortName, no, "$FILE_NAME", -1, fmt.Sprintf("one Win32 name for each DOS name in record %d", parent.number()), "%d and %d", p.win32, p.dos)
		}
	}
}

// fits83 looks at the lengths only: which characters a short name may have
// depends on the code page of the Windows that made it.
func fits83(name string) bool {
	base, ext, dot := 0, 0, false
	for i := 0; i+1 < len(name); i += 2 {
		switch {
		case name[i] == '.' && name[i+1] == 0:
			if dot && len(name) > 4 {
				return false
			}
			dot = true
		case dot:
			ext++
		default:
			base++
		}
	}
	return base <= 8 && ext <= 3
}
