package check

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/fs/ntfs"
)

// maxList is Windows' own limit of an attribute list in bytes.
const maxList = 256 << 10

// listName is where the name in an entry of an attribute list begins, also
// where there is none. Windows calls a file damaged in whose list it begins
// elsewhere (0x1c: STOP 0x24 in win-fix-ntfs-attribute-list of Azure's
// repair scripts; 0x20: github.com/DiscUtils/DiscUtils/issues/309).
const listName = 0x1a

// listEntry is one entry of an attribute list.
type listEntry struct {
	typ      uint32
	name     string
	lowest   ntfs.VCN
	ref      reference
	instance uint16
}

// attributeList decodes the list of a base record; nil: there is none, or it
// is damaged.
func (c *checker) attributeList(r *record) ([]listEntry, error) {
	for _, a := range r.attrs {
		if a.typ != typeList {
			continue
		}
		b, err := c.join([]*attr{a}).all(c, maxList)
		if err != nil {
			return nil, err
		}
		if b == nil {
			c.bad(AttributeList, r.no, a.place(), a.off, fmt.Sprintf("at most %d bytes", maxList), "%d", a.size)
		}
		return c.listEntries(a, b)
	}
	return nil, nil
}

// listEntries decodes the list b, the value of a.
func (c *checker) listEntries(a *attr, b []byte) ([]listEntry, error) {
	var list []listEntry
	no := a.record
	for off := 0; off < len(b); {
		e := b[off:]
		n := 0
		if len(e) >= listName {
			n = int(le.Uint16(e[4:]))
		}
		if n < listName || n%8 != 0 || n > len(e) || listName+2*int(e[6]) > n {
			c.bad(AttributeList, no, a.place(), off, "an entry", "length %#x of %#x left", n, len(e))
			return list, nil
		}
		if e[7] != listName {
			if ok, err := c.nameOffset(a, e[:n], off); !ok || err != nil {
				return list, err
			}
		}
		l := listEntry{typ: le.Uint32(e), lowest: ntfs.VCN(le.Uint64(e[8:])), ref: reference(le.Uint64(e[0x10:])), instance: le.Uint16(e[0x18:])}
		if e[6] > 0 {
			l.name = string(e[e[7] : int(e[7])+2*int(e[6])])
		}
		if k := len(list) - 1; k >= 0 && (list[k].typ > l.typ || list[k].typ == l.typ && list[k].name == l.name && list[k].lowest > l.lowest) {
			c.bad(AttributeList, no, a.place(), off, "entries in order", "%s behind %s", attrPlace(l.typ, l.name), attrPlace(list[k].typ, list[k].name))
		}
		list = append(list, l)
		off += n
	}
	return list, nil
}

// nameOffset judges an entry, off bytes behind the start of a list, whose name
// does not begin where it should. e becomes what it should be where that can be
// told: it has no name, or the attribute that it leads to has the one that is
// found here or there. ok: the entry has a name that can be read.
func (c *checker) nameOffset(a *attr, e []byte, off int) (ok bool, err error) {
	p := Problem{Kind: AttributeList, Record: a.record, Place: a.place(), Off: int64(off + 7),
		Expected: fmt.Sprintf("a name at %#x of the entry", listName), Actual: fmt.Sprintf("%#x", e[7])}
	n := 2 * int(e[6])
	if n > 0 {
		want, err := c.listedName(e)
		if err != nil {
			return false, err
		}
		readable := e[7] > listName && int(e[7])+n <= len(e)
		if string(e[listName:listName+n]) != want && !(readable && string(e[e[7]:int(e[7])+n]) == want) {
			c.note(p)
			return readable, nil
		}
		clear(e[listName:])
		copy(e[listName:], want)
	}
	e[7] = listName
	p.Mendable = c.fix != nil
	c.note(p)
	return true, c.putValue(AttributeList, []*attr{a}, e, int64(off))
}

// listedName is the name of the attribute that an entry leads to, "" when it
// is not there.
func (c *checker) listedName(e []byte) (string, error) {
	r, _, err := c.referenced(reference(le.Uint64(e[0x10:])))
	if err != nil || r == nil {
		return "", err
	}
	for _, x := range r.attrs {
		if x.typ == le.Uint32(e) && x.instance == le.Uint16(e[0x18:]) && (x.resident || x.lowest == ntfs.VCN(le.Uint64(e[8:]))) {
			return x.name, nil
		}
	}
	return "", nil
}
