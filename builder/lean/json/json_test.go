package json

import (
	"bytes"
	std "encoding/json"
	"reflect"
	"testing"
	"time"
)

type inner struct {
	A []byte `json:"a,omitempty"`
	B *inner `json:"b"`
}

type sample struct {
	S     string            `json:"s"`
	Empty string            `json:"empty,omitempty"`
	N     int64             `json:"n"`
	U     uint64            `json:"u"`
	U32   uint32            `json:"u32,omitempty"`
	T     time.Time         `json:"t"`
	P     *inner            `json:"p,omitempty"`
	L     []inner           `json:"l"`
	Names []string          `json:"names"`
	Arr   [3]byte           `json:"arr"`
	B     bool              `json:"b"`
	M     map[string]string `json:"m,omitempty"`
	Any   any               `json:"any"`
	Skip  int               `json:"-"`
	Plain *struct{ Committed bool }
	hid   int
}

func samples() []any {
	return []any{
		sample{}, "a<b>&\u2028\x00\x1f\"\\\b\f\n\r\t\xff\ufffdä€😀", []int{}, []string(nil), map[string]int{"b": 1, "a": 2}, nil, true, -5, uint64(1 << 63),
		sample{S: "x", N: -1 << 63, U: 1<<64 - 1, T: time.Date(2026, 1, 2, 3, 4, 5, 678, time.FixedZone("", 3600)), P: &inner{A: []byte{1, 2, 3}, B: &inner{}},
			L: []inner{{}, {A: []byte("ab")}}, Names: []string{"a", "<"}, Arr: [3]byte{1, 2, 3}, B: true, M: map[string]string{"z": "1", "y": "2"}, Any: []any{1, "x", nil}, hid: 1},
	}
}

// TestEncodes: the bytes are those of encoding/json.
func TestEncodes(t *testing.T) {
	for i, v := range samples() {
		want, err := std.Marshal(v)
		got, gotErr := Marshal(v)
		if err != nil || gotErr != nil || !bytes.Equal(got, want) {
			t.Errorf("%d: %s, %v; want %s, %v", i, got, gotErr, want, err)
		}
		want, _ = std.MarshalIndent(v, "p", " ")
		if got, err := MarshalIndent(v, "p", " "); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d: %s, %v; want %s", i, got, err, want)
		}
		var a, b bytes.Buffer
		ours, theirs := NewEncoder(&a), std.NewEncoder(&b)
		ours.SetIndent("", "  ")
		ours.SetEscapeHTML(false)
		theirs.SetIndent("", "  ")
		theirs.SetEscapeHTML(false)
		if err := ours.Encode(v); err != nil || theirs.Encode(v) != nil || a.String() != b.String() {
			t.Errorf("%d: %s, %v; want %s", i, a.String(), err, b.String())
		}
	}
}

// same decodes with both and compares. What ours refuses and the other takes, or the
// other way round, is a fault; so is another value.
func same(t *testing.T, text []byte) {
	t.Helper()
	var got, want document
	err, wantErr := Unmarshal(text, &got), std.Unmarshal(text, &want)
	if (err == nil) != (wantErr == nil) || err == nil && !reflect.DeepEqual(got, want) {
		t.Errorf("%q: %+v, %v; want %+v, %v", text, got, err, want, wantErr)
	}
}

// document has what the manifest of an undo bundle is made of.
type document struct {
	S     string    `json:"s"`
	N     int32     `json:"n"`
	U     uint64    `json:"u"`
	T     time.Time `json:"t"`
	P     *inner    `json:"p"`
	L     []inner   `json:"l"`
	Names []string  `json:"names"`
	Arr   [3]byte   `json:"arr"`
	B     bool      `json:"b"`
	Plain *struct{ Committed bool }
	Skip  int `json:"-"`
}

func texts() []string {
	return []string{
		`{}`, `null`, ` { "s" : "a\u00e4\ud83d\ude00\ud83dx\n\/" , "N":5,"u":18446744073709551615,"unknown":{"x":[1,2.5e-3,{"y":null}]},"Skip":3} `,
		`{"p":{"a":"AQID","b":{"b":null}},"l":[{},{"a":"YWI="}],"names":["x","y"],"arr":[1,2,3,4],"b":true,"plain":{"committed":true}}`, `{"t":"2026-01-02T03:04:05.000000678+01:00"}`,
		`{"arr":[1]}`, `{"l":null,"names":[],"p":null,"s":null,"n":null}`, `{"s":"a","S":"b"}`, `{"names":["a","b"],"names":["c"]}`,
		`{"n":1.5}`, `{"n":3000000000}`, `{"u":-1}`, `{"s":5}`, `{"b":"x"}`, `{"p":[]}`, `{"l":{}}`, `{"t":"x"}`, `{"p":{"a":"***"}}`,
		``, `{`, `{"s"}`, `{"s":}`, `{"s":"a"`, `{"s":"a",}`, `[1,]`, `{"n":01}`, `{"n":+1}`, `{"n":1.}`, `{"n":-}`, `{"s":"\x"}`, `{"s":"\u12"}`, "{\"s\":\"\n\"}", `{} x`, `truex`, `{"s":"a" "n":1}`, `{,}`,
	}
}

// TestDecodes: the same values, and the same texts refused.
func TestDecodes(t *testing.T) {
	for _, text := range texts() {
		same(t, []byte(text))
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range texts() {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) < 1000 {
			same(t, text)
		}
	})
}
