package regf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Offsets in a key node (nk), from its signature.
const (
	nkFlags        = 2
	nkTime         = 4
	nkParent       = 16
	nkSubkeys      = 20
	nkSubkeyList   = 28
	nkVolatileList = 32
	nkValues       = 36
	nkValueList    = 40
	nkSecurity     = 44
	nkClass        = 48
	nkNameLen      = 72
	nkClassLen     = 74
	nkName         = 76

	nkCompressed = 0x20 // flag: the name is Latin-1
)

// Key is a registry key. It holds its node, not the lists it points to.
type Key struct {
	h    *Hive
	off  uint32 // cell offset
	node [nkName]byte
	name string
}

func (h *Hive) key(off uint32) (*Key, error) {
	c, err := h.cell(off, "nk")
	if err != nil {
		return nil, err
	}
	k := &Key{h: h, off: off}
	b := k.node[:]
	if err := h.content(c, b, "nk"); err != nil {
		return nil, err
	}
	if string(b[:2]) != "nk" {
		return nil, &FormatError{"nk", c.off, "nk", fmt.Sprintf("% x", b[:2]), "wrong signature"}
	}
	name := make([]byte, k.u16(nkNameLen))
	if int64(len(name)) > c.size-nkName {
		return nil, &FormatError{"nk", c.off + nkNameLen, "", number(len(name)), "name is longer than the cell"}
	}
	if err := h.read(name, c.off+nkName); err != nil {
		return nil, err
	}
	if k.u16(nkFlags)&nkCompressed != 0 && h.base.Minor > 1 {
		k.name = decodeLatin1(name)
	} else {
		k.name = decodeUTF16(name)
	}
	return k, nil
}

func (k *Key) u16(off int) uint16 { return binary.LittleEndian.Uint16(k.node[off:]) }
func (k *Key) u32(off int) uint32 { return binary.LittleEndian.Uint32(k.node[off:]) }

// pos is the file offset of a field of the node.
func (k *Key) pos(field int64) int64 { return baseSize + int64(k.off) + k.h.head() + field }

// Name is the key's own name.
func (k *Key) Name() string { return k.name }

// Offset is the file offset of the key's cell.
func (k *Key) Offset() int64 { return baseSize + int64(k.off) }

// Flags are the flags of the node, e.g. 0x10 for a symbolic link.
func (k *Key) Flags() uint16 { return k.u16(nkFlags) }

// LastWritten is the time of the last change of the key or its values.
func (k *Key) LastWritten() time.Time {
	return FileTime(binary.LittleEndian.Uint64(k.node[nkTime:]))
}

// Class is the key's class name, usually empty.
func (k *Key) Class() (string, error) {
	c, err := k.classCell()
	if err != nil || c.size == 0 {
		return "", err
	}
	b := make([]byte, c.size)
	if err := k.h.read(b, c.off); err != nil {
		return "", err
	}
	return decodeUTF16(b), nil
}

// classCell is where the class name lies; its size is that of the name, 0 when
// there is none.
func (k *Key) classCell() (cell, error) {
	off, n := k.u32(nkClass), int64(k.u16(nkClassLen))
	if n == 0 || off == none {
		return cell{}, nil
	}
	c, err := k.h.cell(off, "class name")
	if err != nil {
		return cell{}, err
	}
	if n > c.size {
		return cell{}, &FormatError{"class name", c.off, number(n), number(c.size), "cell is too small"}
	}
	return cell{c.off, n}, nil
}

// SubkeyCount is the number of subkeys the node claims.
func (k *Key) SubkeyCount() int { return int(k.u32(nkSubkeys)) }

// ValueCount is the number of values the node claims.
func (k *Key) ValueCount() int { return int(k.u32(nkValues)) }

// Subkeys returns the subkeys in the order of the list, which is that of their
// upper-cased names. With an error come those that could be read.
func (k *Key) Subkeys() ([]*Key, error) {
	refs, first := k.subkeyRefs()
	keys := make([]*Key, 0, len(refs))
	for _, ref := range refs {
		sub, err := k.h.key(ref.off)
		if err != nil {
			first = firstError(first, err)
			continue
		}
		keys = append(keys, sub)
	}
	return keys, first
}

// Subkey finds a direct subkey, ignoring case. Like Windows it trusts the name
// hints and hashes in the list. Errors wrap ErrNotExist when it is missing.
func (k *Key) Subkey(name string) (*Key, error) {
	refs, first := k.subkeyRefs()
	want := newHint(name)
	for _, ref := range refs {
		if !want.matches(ref) {
			continue
		}
		sub, err := k.h.key(ref.off)
		if err != nil {
			first = firstError(first, err)
			continue
		}
		if EqualFold(sub.name, name) {
			return sub, nil
		}
	}
	if first != nil {
		return nil, first // what was looked for may be in the damaged part
	}
	return nil, fmt.Errorf("key %q in %q: %w", name, k.name, ErrNotExist)
}

// Values returns the values in their stored order. With an error come those
// that could be read.
func (k *Key) Values() ([]*Value, error) {
	offs, first := k.valueOffsets()
	values := make([]*Value, 0, len(offs))
	for _, off := range offs {
		v, err := k.h.value(off)
		if err != nil {
			first = firstError(first, err)
			continue
		}
		values = append(values, v)
	}
	return values, first
}

// Value finds a value, ignoring case; "" is the default value. Errors wrap
// ErrNotExist when it is missing.
func (k *Key) Value(name string) (*Value, error) {
	values, err := k.Values()
	for _, v := range values {
		if EqualFold(v.name, name) {
			return v, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("value %q of key %q: %w", name, k.name, ErrNotExist)
}

func (k *Key) valueOffsets() ([]uint32, error) {
	n := k.u32(nkValues)
	if n == 0 {
		return nil, nil
	}
	c, err := k.h.cell(k.u32(nkValueList), "value list")
	if err != nil {
		return nil, err
	}
	if n > maxEntries || int64(n)*4 > c.size {
		return nil, &FormatError{"nk", k.pos(nkValues), "", number(n), "more values than the value list holds"}
	}
	return k.h.offsets(c.off, int(n))
}

// offsets reads n cell offsets that were checked to lie in their cell.
func (h *Hive) offsets(pos int64, n int) ([]uint32, error) {
	b := make([]byte, 4*n)
	if err := h.read(b, pos); err != nil {
		return nil, err
	}
	offs := make([]uint32, n)
	for i := range offs {
		offs[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return offs, nil
}

// firstError keeps the first of several reasons, but an input/output error
// wins over damage: it may be the cause of it.
func firstError(first, next error) error {
	if first == nil || errors.Is(first, ErrDamaged) && !errors.Is(next, ErrDamaged) {
		return next
	}
	return first
}
