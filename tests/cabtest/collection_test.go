package cabtest

import (
	"bytes"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/cab"
	"github.com/bootmend/bootmend/tests/realdata"
)

// collection is every cabinet of the collection of real data.
func collection(t *testing.T) []string {
	t.Helper()
	all := files(t, realdata.Untar(t, "cab/libmspack-tests.tar.xz"))
	more, err := filepath.Glob(filepath.Join(realdata.Dir(t), "cab", "*.cab"))
	if err != nil {
		t.Fatal(err)
	}
	all = slices.DeleteFunc(append(all, more...), func(name string) bool { return filepath.Ext(name) != ".cab" })
	if len(all) < 90 {
		t.Fatalf("%d cabinets", len(all))
	}
	return all
}

// TestCollection extracts every cabinet as cabextract does, or says why not
// where cabextract fails. Quantum is what we do not support.
func TestCollection(t *testing.T) {
	need(t, "cabextract")
	good, refused, quantum, n := 0, 0, 0, 0
	for _, path := range collection(t) {
		dir := t.TempDir()
		failure := tool("", "cabextract", "-q", "-d", dir, path)
		var theirs []digest
		for _, f := range files(t, dir) {
			theirs = append(theirs, content(t, f))
		}
		theirs = unique(theirs) // of files with the same name only the last is there
		ours := extract(t, path, cab.Options{Part: neighbours(t, filepath.Dir(path))})
		name := filepath.Base(path)
		for _, err := range ours.errs {
			if !typed(err) {
				t.Errorf("%s: error without class: %v", name, err)
			}
		}
		missing := subtract(theirs, unique(ours.contents))
		tooMany := subtract(unique(ours.contents), theirs)
		n += len(ours.contents)
		switch onlyQuantum := slices.ContainsFunc(ours.errs, isQuantum); {
		case failure == nil && onlyQuantum:
			quantum++
			if len(tooMany) > 0 || len(missing) != len(ours.errs) {
				t.Errorf("%s: %d files differ, %d are missing, %v", name, len(tooMany), len(missing), ours.errs)
			}
		case failure == nil:
			good++
			if pipe := output(t, "cabextract", "-q", "-p", path); pipe != ours.pipe {
				t.Errorf("%s: content or order of files differs", name)
			}
			if len(ours.errs) > 0 || len(missing)+len(tooMany) > 0 || len(theirs) == 0 {
				t.Errorf("%s: %d files, cabextract has %d; %d not ours, %d not theirs: %v", name, len(ours.contents), len(theirs), len(missing), len(tooMany), ours.errs)
			}
		default:
			refused++
			if len(ours.errs) == 0 && ours.cabinets > 0 || len(tooMany) > 0 {
				t.Errorf("%s: %d cabinets, %d files, %v; cabextract says %v", name, ours.cabinets, len(ours.contents), ours.errs, failure)
			}
			t.Logf("%s: %d cabinets, %d files, %v", name, ours.cabinets, len(ours.contents), ours.errs)
		}
	}
	t.Logf("%d cabinets as cabextract, %d refused as by cabextract, %d with Quantum; %d files", good, refused, quantum, n)
}

func isQuantum(err error) bool {
	return errors.Is(err, cab.ErrMethod) && strings.Contains(err.Error(), "Quantum")
}

func unique(all []digest) []digest {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b digest) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(all)
}

// subtract removes each element of b once from a.
func subtract(a, b []digest) []digest {
	a = slices.Clone(a)
	for _, d := range b {
		if i := slices.Index(a, d); i >= 0 {
			a = slices.Delete(a, i, i+1)
		}
	}
	return a
}
