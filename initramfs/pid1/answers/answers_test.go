//go:build !lean

package answers

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       []Setting
		warns      []string
	}{
		{"all shapes", "mode: auto\nonly: [a, b]\nreport:\n- disk\n- \"http://x/y\"\nnet: dhcp # comment\nn: 5\nyes: true\n",
			[]Setting{{"mode", "auto", 1}, {"only", "a", 2}, {"only", "b", 2}, {"report", "disk", 4}, {"report", "http://x/y", 5}, {"net", "dhcp", 6}, {"n", "5", 7}, {"yes", "true", 8}}, nil},
		{"twice", "mode: auto\nmode: scan\n", []Setting{{"mode", "auto", 1}}, []string{"line 2: mode is there a second time; ignored"}},
		{"shapes that are none", "mode: {a: b}\nonly: [[a], b]\nafter:\nx: \"\"\n", []Setting{{"only", "b", 2}},
			[]string{"line 1: mode: want a text", "line 2: only: a value in the list is no text", "line 3: after has no value", "line 4: x has no value"}},
		{"alias", "a: &x [b]\nc: *x\n", []Setting{{"a", "b", 1}}, []string{"line 2: c: want a text"}},
		{"more lines", "ssh: |\n  one\n  two\n", nil, []string{"line 1: ssh has more than one line"}},
		{"no values", "only: []\n", nil, []string{"line 1: only has no value"}},
		{"no key", "[a]: b\n", nil, []string{"line 1: this is no option"}},
		{"empty", "", nil, []string{"the file is empty"}},
		{"two documents", "mode: auto\n---\nmode: scan\n", []Setting{{"mode", "auto", 1}}, []string{"what follows the first document"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, warnings, err := Parse([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			if len(warnings) != len(tt.warns) {
				t.Fatalf("warnings %q; want %q", warnings, tt.warns)
			}
			for i, w := range tt.warns {
				if !strings.Contains(warnings[i], w) {
					t.Errorf("warning %q; want %q", warnings[i], w)
				}
			}
		})
	}
	for _, bad := range []string{"mode: [auto\n", "- mode\n", "mode\n", "\x00\x01", strings.Repeat("a: b\n", MaxSize)} {
		if got, _, err := Parse([]byte(bad)); err == nil {
			t.Errorf("Parse(%.20q) = %v; want an error", bad, got)
		}
	}
}

func TestLines(t *testing.T) {
	settings := []Setting{{Option: "report", Value: "http://x/?a=b"}, {Option: "mode", Value: "auto"}}
	from, got := ParseLines(Lines("a\nb", settings, nil))
	if from != "a b" || cmp.Diff(settings, got) != "" {
		t.Errorf("%q %v", from, got)
	}
	if _, got := ParseLines(Lines("a", settings, []string{"line 1:\nbad=x"})); len(got) != 3 || got[0] != (Setting{Option: LeftOut, Value: "line 1: bad=x"}) {
		t.Errorf("with what is left out: %v", got)
	}
	if from, got := ParseLines(""); from != "" || got != nil {
		t.Errorf("of nothing: %q %v", from, got)
	}
}

// FuzzParse: no panic, and what comes out goes through Lines unchanged.
func FuzzParse(f *testing.F) {
	f.Add([]byte("mode: auto\nonly: [a, b]\n"))
	f.Add([]byte("a: &x [*x]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		settings, _, err := Parse(text)
		if err != nil {
			return
		}
		_, again := ParseLines(Lines("x", settings, nil))
		if len(again) != len(settings) {
			t.Fatalf("%v became %v", settings, again)
		}
		for i := range again {
			if again[i].Option != settings[i].Option || again[i].Value != settings[i].Value {
				t.Errorf("%v became %v", settings[i], again[i])
			}
		}
	})
}

func TestCheckPlace(t *testing.T) {
	for place, ok := range map[string]bool{"/a": true, "http://h/x": true, "https://h": true, "a": false, "": false, "ftp://h": false, "http://": false} {
		if err := CheckPlace(place); (err == nil) != ok {
			t.Errorf("%q: %v", place, err)
		}
	}
}

func TestRead(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		switch {
		case r.URL.Path == "/busy" && asked < 2:
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.URL.Path == "/none":
			w.WriteHeader(http.StatusNotFound)
		case r.URL.Path == "/large":
			_, _ = w.Write(bytes.Repeat([]byte("a"), MaxSize+1))
		default:
			_, _ = w.Write([]byte("mode: auto"))
		}
	}))
	defer server.Close()
	for path, ok := range map[string]bool{"/ok": true, "/busy": true, "/none": false, "/large": false} {
		asked = 0
		text, err := Read(context.Background(), server.URL+path)
		if (err == nil && string(text) == "mode: auto") != ok {
			t.Errorf("%s: %.20q, %v", path, text, err)
		}
		if path == "/none" && asked != 1 {
			t.Errorf("what is not there was asked for %d times", asked)
		}
	}
	file := filepath.Join(t.TempDir(), "a.yaml")
	if _, err := Read(context.Background(), file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(file, []byte("x: y"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := Read(context.Background(), file); err != nil || string(text) != "x: y" {
		t.Errorf("file: %q, %v", text, err)
	}
	text, where, err := Find(nil, file)
	if err != nil || where != "fw_cfg" || string(text) != "x: y" {
		t.Errorf("Find = %q, %q, %v", text, where, err)
	}
	if _, _, err := Find([]string{file, "/no/such"}, file+"x"); !errors.Is(err, ErrNone) {
		t.Errorf("Find of nothing: %v", err)
	}
}
