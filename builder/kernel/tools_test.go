package kernel

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fakes makes programs that PATH has alone; gcc finds the headers that are in that list.
func fakes(t *testing.T, headers string, tools ...string) {
	t.Helper()
	bin := t.TempDir()
	for _, tool := range tools {
		text := "#!/bin/sh\n"
		if tool == "gcc" {
			text += "case \"$*\" in -dumpfullversion) echo 12.2.0; exit;; esac\nread -r _ name\ncase '" + headers + "' in *\"$name\"*) exit 0;; esac\necho \"no $name\" >&2; exit 1\n"
		}
		if err := os.WriteFile(filepath.Join(bin, tool), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
}

// TestMissing: what a kernel is built with is looked for before its sources are fetched,
// headers by the compiler, which knows where they lie.
func TestMissing(t *testing.T) {
	for _, tt := range []struct {
		arch, headers string
		without       []string
		want          []string
	}{
		{"amd64", "<stdlib.h> <libelf.h>", nil, nil},
		{"amd64", "<stdlib.h>", nil, []string{"libelf.h"}},
		{"386", "<stdlib.h>", nil, nil}, // no objtool
		{"386", "", []string{"bc"}, []string{"bc", "stdlib.h"}},
		{"amd64", "", []string{"gcc", "flex"}, []string{"gcc", "flex"}},
	} {
		fakes(t, tt.headers, slices.DeleteFunc(Tools(), func(s string) bool { return slices.Contains(tt.without, s) })...)
		if got := Missing(tt.arch); !slices.Equal(got, tt.want) {
			t.Errorf("%+v: %q", tt, got)
		}
		fetched := errors.New("fetched")
		_, err := Build(Options{Dir: t.TempDir(), Package: "p", Arch: tt.arch, Variant: Floppy, Logf: t.Logf, Fetch: func() (string, error) { return "", fetched }})
		if len(tt.want) == 0 && !errors.Is(err, fetched) || len(tt.want) > 0 && (!errors.Is(err, ErrTools) || !strings.Contains(err.Error(), strings.Join(tt.want, ", "))) {
			t.Errorf("%+v: Build = %v", tt, err)
		}
	}
}
