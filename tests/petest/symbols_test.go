package petest

import (
	"bytes"
	"debug/pe"
	"slices"
	"strings"
	"testing"
)

// TestImportedFunctions: those that the standard library finds, by file.
func TestImportedFunctions(t *testing.T) {
	functions := 0
	for name, b := range all(t) {
		f, err := pe.NewFile(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		symbols, err := f.ImportedSymbols()
		if err != nil {
			t.Fatal(err)
		}
		want := map[string][]string{}
		for _, s := range symbols {
			function, file, _ := strings.Cut(s, ":")
			// Linkers list a file twice when it was named in two ways.
			file = strings.ToLower(file)
			want[file] = append(want[file], function)
		}
		for file, list := range want {
			got, err := open(t, b).ImportsFrom(strings.ToUpper(file))
			if err != nil {
				t.Errorf("%s: %s: %v", name, file, err)
			}
			var text []string
			for _, s := range got {
				if s.Name != "" { // debug/pe leaves numbers out
					text = append(text, s.String())
				}
			}
			slices.Sort(text)
			slices.Sort(list)
			if !slices.Equal(text, list) {
				t.Errorf("%s: from %s %q, want %q", name, file, text, list)
			}
			functions += len(list)
		}
	}
	t.Logf("%d functions", functions)
	if functions < 500 {
		t.Error("too few")
	}
}
