package json

import (
	"encoding/base64"
	"errors"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Marshaler writes itself.
type Marshaler interface{ MarshalJSON() ([]byte, error) }

type textMarshaler interface{ MarshalText() ([]byte, error) }

// Marshal gives the JSON form of a value.
func Marshal(v any) ([]byte, error) { return marshal(v, "", "", true) }

// MarshalIndent is Marshal with lines.
func MarshalIndent(v any, prefix, indent string) ([]byte, error) {
	return marshal(v, prefix, indent, true)
}

func marshal(v any, prefix, indent string, html bool) ([]byte, error) {
	e := &encoder{html: html, lines: prefix+indent != "", prefix: prefix, indent: indent}
	err := e.value(reflect.ValueOf(v))
	return e.b, err
}

// Encoder writes values.
type Encoder struct {
	w              io.Writer
	prefix, indent string
	html           bool
}

// NewEncoder writes to w.
func NewEncoder(w io.Writer) *Encoder { return &Encoder{w: w, html: true} }

// SetIndent makes lines.
func (e *Encoder) SetIndent(prefix, indent string) { e.prefix, e.indent = prefix, indent }

// SetEscapeHTML says whether <, > and & are escaped.
func (e *Encoder) SetEscapeHTML(on bool) { e.html = on }

// Encode writes a value and a line feed.
func (e *Encoder) Encode(v any) error {
	b, err := marshal(v, e.prefix, e.indent, e.html)
	if err != nil {
		return err
	}
	_, err = e.w.Write(append(b, '\n'))
	return err
}

type encoder struct {
	b              []byte
	html, lines    bool
	prefix, indent string
	depth          int
}

func (e *encoder) text(s string) { e.b = append(e.b, s...) }

// newline begins a line, where there are lines.
func (e *encoder) newline() {
	if e.lines {
		e.text("\n" + e.prefix + strings.Repeat(e.indent, e.depth))
	}
}

func (e *encoder) value(v reflect.Value) error {
	if !v.IsValid() {
		e.text("null")
		return nil
	}
	if done, err := e.byItself(v); done {
		return err
	}
	switch v.Kind() {
	case reflect.Bool:
		e.b = strconv.AppendBool(e.b, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		e.b = strconv.AppendInt(e.b, v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		e.b = strconv.AppendUint(e.b, v.Uint(), 10)
	case reflect.String:
		e.quote(v.String())
	case reflect.Pointer, reflect.Interface:
		return e.value(v.Elem())
	case reflect.Struct:
		return e.object(v)
	case reflect.Map:
		return e.mapping(v)
	case reflect.Slice:
		if v.IsNil() {
			e.text("null")
			return nil
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			e.text(`"` + base64.StdEncoding.EncodeToString(v.Bytes()) + `"`)
			return nil
		}
		return e.list(v.Len(), v.Index)
	case reflect.Array:
		return e.list(v.Len(), v.Index)
	default:
		return errors.New("json: unsupported type: " + v.Type().String())
	}
	return nil
}

// byItself lets a value write itself, if it can.
func (e *encoder) byItself(v reflect.Value) (done bool, err error) {
	if v.Kind() == reflect.Pointer && v.IsNil() || v.Kind() == reflect.Interface || !v.CanInterface() {
		return false, nil
	}
	var b []byte
	x := v.Interface()
	if v.CanAddr() {
		switch p := v.Addr().Interface().(type) {
		case Marshaler, textMarshaler:
			x = p
		}
	}
	switch m := x.(type) {
	case Marshaler:
		b, err = m.MarshalJSON()
		e.text(string(b))
		return true, err
	case textMarshaler:
		b, err = m.MarshalText()
		e.quote(string(b))
		return true, err
	}
	return false, nil
}

// list writes n values, one a line.
func (e *encoder) list(n int, at func(int) reflect.Value) error {
	e.text("[")
	e.depth++
	for i := range n {
		if i > 0 {
			e.text(",")
		}
		e.newline()
		if err := e.value(at(i)); err != nil {
			return err
		}
	}
	e.end(n, "]")
	return nil
}

func (e *encoder) end(n int, bracket string) {
	if e.depth--; n > 0 {
		e.newline()
	}
	e.text(bracket)
}

func (e *encoder) name(n int, name string) {
	if n > 0 {
		e.text(",")
	}
	e.newline()
	e.quote(name)
	e.text(":")
	if e.lines {
		e.text(" ")
	}
}

func (e *encoder) object(v reflect.Value) error {
	e.text("{")
	e.depth++
	n := 0
	for i := range v.NumField() {
		name, omit, ok := fieldName(v.Type().Field(i))
		if !ok || omit && isEmpty(v.Field(i)) {
			continue
		}
		e.name(n, name)
		if err := e.value(v.Field(i)); err != nil {
			return err
		}
		n++
	}
	e.end(n, "}")
	return nil
}

func (e *encoder) mapping(v reflect.Value) error {
	if v.IsNil() {
		e.text("null")
		return nil
	}
	if v.Type().Key().Kind() != reflect.String {
		return errors.New("json: unsupported type: " + v.Type().String())
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	e.text("{")
	e.depth++
	for n, k := range keys {
		e.name(n, k.String())
		if err := e.value(v.MapIndex(k)); err != nil {
			return err
		}
	}
	e.end(len(keys), "}")
	return nil
}

// fieldName is the name of a field in JSON; not ok where it has none.
func fieldName(f reflect.StructField) (name string, omitEmpty, ok bool) {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	if !f.IsExported() || name == "-" && options == "" {
		return "", false, false
	}
	if name == "" {
		name = f.Name
	}
	return name, options == "omitempty", true
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// quote writes a string; what is no UTF-8 becomes U+FFFD.
func (e *encoder) quote(s string) {
	const hex = "0123456789abcdef"
	e.text(`"`)
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			e.b = append(e.b, '\\', byte(r))
		case r == '\n':
			e.text(`\n`)
		case r == '\r':
			e.text(`\r`)
		case r == '\t':
			e.text(`\t`)
		case r == '\b':
			e.text(`\b`)
		case r == '\f':
			e.text(`\f`)
		case r < ' ' || e.html && (r == '<' || r == '>' || r == '&'):
			e.text(`\u00`)
			e.b = append(e.b, hex[r>>4], hex[r&15])
		case r == '\u2028' || r == '\u2029':
			e.text(`\u202`)
			e.b = append(e.b, hex[r&15])
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd"):
			e.text(`\ufffd`)
		default:
			e.b = utf8.AppendRune(e.b, r)
		}
	}
	e.text(`"`)
}
