package ntfs

import "slices"

// maxAttributeList is Windows' own limit for the size of an attribute list.
const maxAttributeList = 256 << 10

// listEntry says in which record an attribute, or a part of one, lies.
type listEntry struct {
	typ      attrType
	name     []uint16
	lowest   VCN
	ref      ref
	instance uint16
}

// parseAttributeList decodes the value of an $ATTRIBUTE_LIST.
func parseAttributeList(b []byte, what string) ([]listEntry, error) {
	const head = 0x1a
	var list []listEntry
	for off := 0; off < len(b); {
		e := b[off:]
		if len(e) < head {
			return nil, damaged(what, int64(off), "attribute list: %d bytes left", len(e))
		}
		n := int(le.Uint16(e[4:]))
		nameLen, nameOff := int(e[6]), int(e[7])
		if n < head || n%8 != 0 || n > len(e) || nameLen > 0 && (nameOff < head || nameOff+2*nameLen > n) {
			return nil, damaged(what, int64(off), "attribute list: entry of %#x bytes (%#x left), name of %d characters at %#x",
				n, len(e), nameLen, nameOff)
		}
		entry := listEntry{
			typ:      attrType(le.Uint32(e)),
			lowest:   VCN(le.Uint64(e[8:])),
			ref:      ref(le.Uint64(e[0x10:])),
			instance: le.Uint16(e[0x18:]),
		}
		if nameLen > 0 {
			entry.name = units(e[nameOff : nameOff+2*nameLen])
		}
		list = append(list, entry)
		off += n
	}
	return list, nil
}

// matches reports whether the entry is the attribute typ with the given name.
func (e listEntry) matches(typ attrType, name []uint16) bool {
	return e.typ == typ && slices.Equal(e.name, name)
}
