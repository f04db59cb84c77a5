package regf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// SetValue gives a key a value, in place of one of that name if there is one,
// which keeps its spelling; "" is the default value. What is there already
// changes nothing. Errors wrap ErrNotExist when the key is missing and ErrLimit
// when name or data are too long: hives of version 1.3 take 1 MiB less 4 bytes,
// in one cell, those above 16 MiB, in segments.
func (e *Editor) SetValue(keyPath, name string, typ Type, data []byte) error {
	return e.do(func() error {
		at, err := e.existing(keyPath)
		if err != nil {
			return err
		}
		if err := e.setValue(at, name, typ, data); err != nil {
			return fmt.Errorf("set value %q of key %q: %w", name, at.path, err)
		}
		return nil
	})
}

func (e *Editor) setValue(at step, name string, typ Type, data []byte) error {
	v, err := e.value(at.key, name)
	if err != nil {
		return err
	}
	if v != nil {
		same, err := v.is(typ, data)
		if err != nil || same {
			return err
		}
	}
	if n := len(data); n > maxCellData && e.h.base.Minor <= 3 {
		return limitError("data has %d bytes, hives of version 1.3 take %d", n, maxCellData)
	} else if n > maxData {
		return limitError("data has %d bytes, this program writes up to %d", n, maxData)
	}
	if v == nil {
		if v, err = e.addValue(at.key, name); err != nil {
			return err
		}
	}
	if err := e.setData(at.key, v, typ, data); err != nil {
		return err
	}
	if err := e.raise(at.key, nkMaxValueData, uint32(len(data)), 0xffffffff); err != nil {
		return err
	}
	e.announceValue(at.path, v.name, typ, data)
	return e.touch(at.key)
}

// valueNames are the values of the key that an operation had to do with last,
// so that a thousand values in one key are not read a thousand times.
type valueNames struct {
	key   uint32            // nk offset
	cells map[string]uint32 // vk offset by folded name, 0 for one that is there twice; nil when nothing is known
}

// value finds a value; nil when there is none.
func (e *Editor) value(k *Key, name string) (*Value, error) {
	if e.names.cells == nil || e.names.key != k.off {
		if err := e.readNames(k); err != nil {
			return nil, err
		}
	}
	off, ok := e.names.cells[fold(name)]
	if !ok {
		return nil, nil
	}
	if off == 0 {
		return nil, fmt.Errorf("%w: the key has two values of that name; repair the hive first", ErrRefused)
	}
	return e.h.value(off)
}

func (e *Editor) readNames(k *Key) error {
	offs, err := k.valueOffsets()
	if err != nil {
		return err
	}
	names := valueNames{k.off, make(map[string]uint32, len(offs))}
	for _, off := range offs {
		v, err := e.h.value(off)
		if err != nil {
			return err
		}
		f := fold(v.name)
		if _, twice := names.cells[f]; twice {
			off = 0
		}
		names.cells[f] = off
	}
	e.names = names
	return nil
}

func (v *Value) is(typ Type, data []byte) (bool, error) {
	if v.Type() != typ || v.Len() != int64(len(data)) {
		return false, nil
	}
	old, err := v.Data()
	return bytes.Equal(old, data), err
}

// addValue makes a value without data and lists it as the last one.
func (e *Editor) addValue(k *Key, name string) (*Value, error) {
	stored, err := storeName(name)
	if err != nil {
		return nil, err
	}
	if n := stored.utf16Len / 2; n > maxValueName {
		return nil, limitError("name has %d characters, Windows allows %d", n, maxValueName)
	}
	count := k.u32(nkValues)
	if count >= maxEntries {
		return nil, limitError("key has %d values", count)
	}
	off, err := e.alloc(vkName+len(stored.bytes), k.off)
	if err != nil {
		return nil, err
	}
	b := make([]byte, vkName, vkName+len(stored.bytes))
	copy(b, "vk")
	binary.LittleEndian.PutUint16(b[vkNameLen:], uint16(len(stored.bytes)))
	binary.LittleEndian.PutUint32(b[vkDataLen:], vkResident)
	if stored.compressed && name != "" {
		binary.LittleEndian.PutUint16(b[vkFlags:], vkCompressed)
	}
	if err := e.write(baseSize+int64(off)+4, append(b, stored.bytes...)); err != nil {
		return nil, err
	}
	if err := e.listValue(k, count, off); err != nil {
		return nil, err
	}
	if err := e.raise(k, nkMaxValueName, uint32(stored.utf16Len), 0xffffffff); err != nil {
		return nil, err
	}
	e.names.cells[fold(name)] = off
	return e.h.value(off)
}

func (e *Editor) listValue(k *Key, count, off uint32) (err error) {
	list := k.u32(nkValueList)
	if count == 0 {
		list, err = e.alloc(4, k.off)
	} else {
		var size uint32
		if size, err = e.heap.at(list); err == nil && cellSize(int(4*count+4)) > size {
			list, err = e.resize(list, int(4*(count+1+count/8)), k.off)
		}
	}
	if err != nil {
		return err
	}
	if err := e.put32(baseSize+int64(list)+4+4*int64(count), off); err != nil {
		return err
	}
	if err := e.setKey(k, nkValueList, list); err != nil {
		return err
	}
	return e.setKey(k, nkValues, count+1)
}

// setData gives a value other data, in the cell it had if there was one.
func (e *Editor) setData(k *Key, v *Value, typ Type, data []byte) error {
	vk := v.cellOffset()
	if err := e.own(vk); err != nil {
		return err
	}
	old, err := v.dataCells()
	if err != nil {
		return err
	}
	n := len(data)
	oneCell := n > 4 && (n <= bigData || e.h.base.Minor <= 3)
	if len(old) > 0 && !(oneCell && len(old) == 1) {
		if err := e.releaseData(v); err != nil {
			return err
		}
		old = nil
	}
	where, length := uint32(0), uint32(n)
	switch {
	case n <= 4:
		var b [4]byte
		copy(b[:], data)
		where, length = binary.LittleEndian.Uint32(b[:]), length|vkResident
	case !oneCell:
		where, err = e.writeBig(data, k.off)
	case len(old) == 1:
		if where, err = e.resize(old[0], n, k.off); err == nil {
			err = e.write(baseSize+int64(where)+4, data)
		}
	default:
		where, err = e.writeData(data, k.off)
	}
	if err != nil {
		return err
	}
	for field, n := range map[int64]uint32{vkDataLen: length, vkData: where, vkType: uint32(typ)} {
		if err := e.put32(v.cell.off+field, n); err != nil {
			return err
		}
	}
	return nil
}

func (e *Editor) writeData(data []byte, near uint32) (uint32, error) {
	off, err := e.alloc(len(data), near)
	if err != nil {
		return 0, err
	}
	return off, e.write(baseSize+int64(off)+4, data)
}

// writeBig writes data in segments and returns the db cell. The cell of the last
// segment has the size of the others, as in hives that Windows wrote.
func (e *Editor) writeBig(data []byte, near uint32) (uint32, error) {
	var list []byte
	for at := 0; at < len(data); at += bigData {
		off, err := e.alloc(bigData, near)
		if err != nil {
			return 0, err
		}
		if err := e.write(baseSize+int64(off)+4, data[at:min(at+bigData, len(data))]); err != nil {
			return 0, err
		}
		list = binary.LittleEndian.AppendUint32(list, off)
	}
	offs, err := e.writeData(list, near)
	if err != nil {
		return 0, err
	}
	db := binary.LittleEndian.AppendUint16([]byte("db"), uint16(len(list)/4))
	return e.writeData(binary.LittleEndian.AppendUint32(db, offs), near)
}

// DeleteValue removes a value; "" is the default value. Errors wrap ErrNotExist
// when key or value are missing.
func (e *Editor) DeleteValue(keyPath, name string) error {
	return e.do(func() error {
		at, err := e.existing(keyPath)
		if err != nil {
			return err
		}
		v, err := e.value(at.key, name)
		if err == nil && v == nil {
			err = ErrNotExist
		}
		if err == nil {
			err = e.deleteValue(at.key, v)
		}
		if err != nil {
			return fmt.Errorf("delete value %q of key %q: %w", name, at.path, err)
		}
		e.announceNoValue(at.path, v.name)
		return e.touch(at.key)
	})
}

func (e *Editor) deleteValue(k *Key, v *Value) error {
	vk := v.cellOffset()
	offs, err := k.valueOffsets()
	if err != nil {
		return err
	}
	delete(e.names.cells, fold(v.name))
	if err := e.releaseData(v); err != nil {
		return err
	}
	if err := e.release(vk); err != nil {
		return err
	}
	i, list, count := slices.Index(offs, vk), k.u32(nkValueList), len(offs)
	if err := e.own(list); err != nil {
		return err
	}
	if err := e.setKey(k, nkValues, uint32(count-1)); err != nil {
		return err
	}
	if count == 1 {
		if err := e.release(list); err != nil {
			return err
		}
		for field, n := range map[int]uint32{nkValueList: none, nkMaxValueName: 0, nkMaxValueData: 0} {
			if err := e.setKey(k, field, n); err != nil {
				return err
			}
		}
		return nil
	}
	pos := baseSize + int64(list) + 4 + 4*int64(i)
	rest := make([]byte, 4*(count-1-i))
	if err := e.h.read(rest, pos+4); err != nil {
		return err
	}
	return e.write(pos, rest)
}
