package bcd

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseValue makes the value of an element of an object of type t out of words
// as bcdedit takes and Show gives them: Yes or No, names of values, {bootmgr}, numbers in
// decimal or with 0x, devices as in ParseDeviceText.
func (t ObjectType) ParseValue(e ElementType, words []string) (Value, error) {
	f := e.Format()
	if f == FormatObjectList || f == FormatIntegerList {
		return t.parseList(f, words)
	}
	if len(words) != 1 {
		return Value{}, fmt.Errorf("%s takes %v, there are %d words", t.ElementName(e), f, len(words))
	}
	word := words[0]
	switch f {
	case FormatDevice:
		d, err := ParseDeviceText(word)
		return DeviceValue(d), err
	case FormatString:
		if strings.Contains(word, "\x00") {
			return Value{}, fmt.Errorf("%s cannot hold a NUL", t.ElementName(e))
		}
		return String(word), nil
	case FormatObject:
		id, err := ParseObject(word)
		return ObjectValue(id), err
	case FormatInteger:
		for n, name := range t.words(e) {
			if strings.EqualFold(name, word) {
				return Integer(uint64(n)), nil
			}
		}
		n, err := strconv.ParseUint(word, 0, 64)
		if err != nil {
			return Value{}, t.noNumber(e, word)
		}
		return Integer(n), nil
	case FormatBoolean:
		switch strings.ToLower(word) {
		case "yes", "on", "true", "1":
			return Boolean(true), nil
		case "no", "off", "false", "0":
			return Boolean(false), nil
		}
		return Value{}, fmt.Errorf("%s is Yes or No, not %q", t.ElementName(e), word)
	}
	return Value{}, fmt.Errorf("%s has %v, which is not known", t.ElementName(e), f)
}

func (t ObjectType) noNumber(e ElementType, word string) error {
	if names := t.words(e); names != nil {
		return fmt.Errorf("%s is one of %s or a number, not %q", t.ElementName(e), strings.Join(names, ", "), word)
	}
	return fmt.Errorf("%s is a number, not %q; hexadecimal ones start with 0x", t.ElementName(e), word)
}

func (t ObjectType) parseList(f Format, words []string) (Value, error) {
	if f == FormatObjectList {
		var ids []GUID
		for _, w := range words {
			id, err := ParseObject(w)
			if err != nil {
				return Value{}, err
			}
			ids = append(ids, id)
		}
		return ObjectList(ids...), nil
	}
	var list []uint64
	for _, w := range words {
		n, err := strconv.ParseUint(w, 0, 64)
		if err != nil {
			return Value{}, fmt.Errorf("%q is no number", w)
		}
		list = append(list, n)
	}
	return IntegerList(list...), nil
}
