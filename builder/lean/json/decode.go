package json

import (
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Unmarshaler reads itself.
type Unmarshaler interface{ UnmarshalJSON([]byte) error }

type textUnmarshaler interface{ UnmarshalText([]byte) error }

// maxDepth bounds how deep values lie in each other.
const maxDepth = 1000

var errSyntax = errors.New("json: this is no JSON")

// Unmarshal reads a value into what v points to.
func Unmarshal(data []byte, v any) error {
	to := reflect.ValueOf(v)
	if to.Kind() != reflect.Pointer || to.IsNil() {
		return errors.New("json: want a pointer")
	}
	d := &decoder{b: data}
	// As a whole first, so that nothing is set from what is no JSON.
	if err := d.value(reflect.Value{}, 0); err != nil {
		return err
	}
	if d.space(); d.at != len(data) {
		return fmt.Errorf("%w: something follows at %d", errSyntax, d.at)
	}
	d.at = 0
	return d.value(to.Elem(), 0)
}

type decoder struct {
	b  []byte
	at int
}

func (d *decoder) space() {
	for d.at < len(d.b) && strings.IndexByte(" \t\r\n", d.b[d.at]) >= 0 {
		d.at++
	}
}

// peek is the next byte behind spaces, 0 at the end.
func (d *decoder) peek() byte {
	if d.space(); d.at < len(d.b) {
		return d.b[d.at]
	}
	return 0
}

func (d *decoder) bad() error { return fmt.Errorf("%w: at %d", errSyntax, d.at) }

// value reads a value into to, or over it where to is none.
func (d *decoder) value(to reflect.Value, depth int) error {
	if depth > maxDepth {
		return d.bad()
	}
	c := d.peek()
	if to.IsValid() && c != 'n' {
		for to.Kind() == reflect.Pointer {
			if to.IsNil() {
				to.Set(reflect.New(to.Type().Elem()))
			}
			to = to.Elem()
		}
		if done, err := d.byItself(to, c, depth); done {
			return err
		}
	}
	switch {
	case c == '{':
		return d.object(to, depth)
	case c == '[':
		return d.list(to, depth)
	case c == '"':
		s, err := d.text()
		if err != nil || !to.IsValid() {
			return err
		}
		return setText(to, s)
	case c == 't' || c == 'f' || c == 'n':
		return d.word(to)
	}
	return d.number(to)
}

// byItself lets a value read itself, if it can.
func (d *decoder) byItself(to reflect.Value, c byte, depth int) (done bool, err error) {
	if !to.CanAddr() {
		return false, nil
	}
	switch u := to.Addr().Interface().(type) {
	case Unmarshaler:
		from := d.at
		if err := d.value(reflect.Value{}, depth); err != nil {
			return true, err
		}
		return true, u.UnmarshalJSON(d.b[from:d.at])
	case textUnmarshaler:
		if c != '"' {
			return false, nil
		}
		s, err := d.text()
		if err == nil {
			err = u.UnmarshalText([]byte(s))
		}
		return true, err
	}
	return false, nil
}

// members reads what stands between brackets, with commas.
func (d *decoder) members(end byte, member func() error) error {
	d.at++
	for n := 0; ; n++ {
		c := d.peek()
		switch {
		case c == end:
			d.at++
			return nil
		case n > 0 && c != ',':
			return d.bad()
		case n > 0:
			d.at++
			if d.peek() == end {
				return d.bad()
			}
		}
		if err := member(); err != nil {
			return err
		}
		if c := d.peek(); c != ',' && c != end {
			return d.bad()
		}
	}
}

func (d *decoder) object(to reflect.Value, depth int) error {
	if to.IsValid() && to.Kind() != reflect.Struct {
		return mismatch("object", to)
	}
	return d.members('}', func() error {
		if d.peek() != '"' {
			return d.bad()
		}
		name, err := d.text()
		if err != nil {
			return err
		}
		if d.peek() != ':' {
			return d.bad()
		}
		d.at++
		return d.value(field(to, name), depth+1)
	})
}

// field finds the field of a name: the exact one, else one that differs in case only.
func field(to reflect.Value, name string) (found reflect.Value) {
	if !to.IsValid() {
		return found
	}
	for i := range to.NumField() {
		have, _, ok := fieldName(to.Type().Field(i))
		switch {
		case ok && have == name:
			return to.Field(i)
		case ok && !found.IsValid() && strings.EqualFold(have, name):
			found = to.Field(i)
		}
	}
	return found
}

func (d *decoder) list(to reflect.Value, depth int) error {
	if to.IsValid() && to.Kind() != reflect.Slice && to.Kind() != reflect.Array {
		return mismatch("array", to)
	}
	n := 0
	if to.IsValid() && to.Kind() == reflect.Slice {
		to.Set(reflect.MakeSlice(to.Type(), 0, 0))
	}
	err := d.members(']', func() error {
		element := reflect.Value{}
		if to.IsValid() && to.Kind() == reflect.Slice {
			to.Set(reflect.Append(to, reflect.Zero(to.Type().Elem())))
		}
		if to.IsValid() && n < to.Len() {
			element = to.Index(n)
		}
		n++
		return d.value(element, depth+1)
	})
	if err == nil && to.IsValid() {
		for ; n < to.Len(); n++ {
			to.Index(n).SetZero()
		}
	}
	return err
}

func mismatch(what string, to reflect.Value) error {
	return fmt.Errorf("json: cannot unmarshal %s into a value of type %s", what, to.Type())
}

func setText(to reflect.Value, s string) error {
	switch {
	case to.Kind() == reflect.String:
		to.SetString(s)
		return nil
	case to.Kind() == reflect.Slice && to.Type().Elem().Kind() == reflect.Uint8:
		b, err := base64.StdEncoding.DecodeString(s)
		if err == nil {
			to.SetBytes(b)
		}
		return err
	}
	return mismatch("string", to)
}

func (d *decoder) word(to reflect.Value) error {
	for _, w := range []string{"true", "false", "null"} {
		if !strings.HasPrefix(string(d.b[d.at:min(d.at+5, len(d.b))]), w) {
			continue
		}
		d.at += len(w)
		switch {
		case !to.IsValid():
		case w == "null":
			if k := to.Kind(); k == reflect.Pointer || k == reflect.Slice || k == reflect.Map || k == reflect.Interface {
				to.SetZero()
			}
		case to.Kind() != reflect.Bool:
			return mismatch("bool", to)
		default:
			to.SetBool(w == "true")
		}
		return nil
	}
	return d.bad()
}

func (d *decoder) number(to reflect.Value) error {
	from := d.at
	for d.at < len(d.b) && strings.IndexByte("+-0123456789.eE", d.b[d.at]) >= 0 {
		d.at++
	}
	s := string(d.b[from:d.at])
	if !isNumber(s) {
		d.at = from
		return d.bad()
	}
	if !to.IsValid() {
		return nil
	}
	switch to.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || to.OverflowInt(n) {
			return mismatch("number "+s, to)
		}
		to.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil || to.OverflowUint(n) {
			return mismatch("number "+s, to)
		}
		to.SetUint(n)
	default:
		return mismatch("number", to)
	}
	return nil
}

// isNumber: RFC 8259, 6.
func isNumber(s string) bool {
	digits := func() bool {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		s = s[n:]
		return n > 0
	}
	s = strings.TrimPrefix(s, "-")
	if strings.HasPrefix(s, "0") {
		s = s[1:]
	} else if !digits() {
		return false
	}
	if strings.HasPrefix(s, ".") {
		if s = s[1:]; !digits() {
			return false
		}
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		if s = s[1:]; s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if !digits() {
			return false
		}
	}
	return s == ""
}

// text reads a string.
func (d *decoder) text() (string, error) {
	var out []byte
	for d.at++; d.at < len(d.b); d.at++ {
		c := d.b[d.at]
		switch {
		case c == '"':
			d.at++
			return strings.ToValidUTF8(string(out), "\ufffd"), nil
		case c < ' ':
			return "", d.bad()
		case c != '\\':
			out = append(out, c)
			continue
		}
		if d.at++; d.at == len(d.b) {
			break
		}
		if i := strings.IndexByte(`"\/bfnrt`, d.b[d.at]); i >= 0 {
			out = append(out, "\"\\/\b\f\n\r\t"[i])
			continue
		}
		r, ok := d.escape()
		if !ok {
			return "", d.bad()
		}
		if utf16.IsSurrogate(r) {
			pair := utf8.RuneError
			if d.at+2 < len(d.b) && d.b[d.at+1] == '\\' && d.b[d.at+2] == 'u' {
				was := d.at
				d.at += 2
				if low, ok := d.escape(); ok {
					pair = utf16.DecodeRune(r, low)
				}
				if pair == utf8.RuneError {
					d.at = was
				}
			}
			r = pair
		}
		out = utf8.AppendRune(out, r)
	}
	return "", d.bad()
}

// escape reads uXXXX and stays at its last digit.
func (d *decoder) escape() (rune, bool) {
	if d.b[d.at] != 'u' || d.at+5 > len(d.b) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(d.b[d.at+1:d.at+5]), 16, 16)
	d.at += 4
	return rune(n), err == nil
}
