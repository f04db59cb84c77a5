package copyout

import (
	"errors"
	"io"
	"path/filepath"
	"testing"
)

func TestParseTarget(t *testing.T) {
	for text, want := range map[string]Target{
		"anna@192.168.1.5:rescued/": {"anna", "192.168.1.5", 22, "rescued/"},
		"anna@nas:":                 {"anna", "nas", 22, ""},
		"anna@nas:C:/x":             {"anna", "nas", 22, "C:/x"},
		"a@[fe80::1]:/srv/a b":      {"a", "fe80::1", 22, "/srv/a b"},
	} {
		if got, err := ParseTarget(text, 22); err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, bad := range []string{"", "nas:x", "@nas:x", "a@nas", "a@:x", "a@[fe80::1]", "a@[nas]:x", "a@[fe80::1:x", "a@n/s:x"} {
		if got, err := ParseTarget(bad, 22); !errors.Is(err, errTarget) {
			t.Errorf("%q: %+v, %v", bad, got, err)
		}
	}
	if got := (Target{Host: "fe80::1", Port: 2222}).Address(); got != "[fe80::1]:2222" {
		t.Error(got)
	}
}

// typist answers every question with one text.
type typist struct {
	text  string
	err   error
	asked int
}

func (p *typist) Line(string) (string, error)   { p.asked++; return p.text, p.err }
func (p *typist) Secret(string) (string, error) { return p.Line("") }

// TestCheckHost: a key is taken when a person says yes, once; another one never.
func TestCheckHost(t *testing.T) {
	known := filepath.Join(t.TempDir(), "run", "known")
	for _, tt := range []struct {
		name      string
		who       *typist
		hostKey   string
		sees      string
		want      error
		questions int
	}{
		{"no", &typist{text: "no"}, "", "SHA256:a", ErrHostKey, 1},
		{"Enter", &typist{}, "", "SHA256:a", ErrHostKey, 1},
		{"nobody", &typist{err: ErrNoPerson}, "", "SHA256:a", ErrNoPerson, 1},
		{"yes", &typist{text: "yes\n"}, "", "SHA256:a", nil, 1},
		{"the second time", &typist{}, "", "SHA256:a", nil, 0},
		{"another key", &typist{text: "yes"}, "", "SHA256:b", ErrOtherKey, 0},
		{"as named", &typist{}, "SHA256:b", "SHA256:b", nil, 0},
		{"not as named", &typist{text: "yes"}, "SHA256:b", "SHA256:a", ErrOtherKey, 0},
	} {
		o := Options{Person: tt.who, HostKey: tt.hostKey, Known: known, Say: io.Discard}
		if err := o.checkHost("nas:22", tt.sees); !errors.Is(err, tt.want) || tt.who.asked != tt.questions {
			t.Errorf("%s: %v after %d questions; want %v after %d", tt.name, err, tt.who.asked, tt.want, tt.questions)
		}
	}
}
