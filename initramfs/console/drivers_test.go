package console

import (
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/condition"
)

// TestOneOfSeveralDrivers: of several findings of one condition what was chosen is
// repaired, and no note of the same name with it.
func TestOneOfSeveralDrivers(t *testing.T) {
	e := sound()
	w := e.look.Run.Patient.Windows[0]
	driver := func(name string, s condition.Severity, c condition.Confidence) condition.Finding {
		return condition.Finding{ID: "boot-driver-file-missing", Result: condition.Present, Severity: s, Confidence: c, Windows: w, Subject: name, Fixable: true, Summary: name + " cannot be loaded."}
	}
	e.look.Run.Findings = []condition.Finding{driver("olddisk", condition.Fatal, condition.High), driver("fvevol", condition.Fatal, condition.Low), driver("oldav", condition.Info, condition.Low)}
	m := ready(e, Options{})
	hit(m, "Enter")
	for _, want := range []string{"[x] w1: olddisk: The file of a boot driver", "[ ] w1: fvevol: The file of a boot driver"} {
		if !strings.Contains(text(m), want) {
			t.Errorf("no %q:\n%s", want, text(m))
		}
	}
	hit(m, "Enter")
	if o := e.wish.Options; !slices.Equal(o.Only, []string{"boot-driver-file-missing:olddisk"}) || !slices.ContainsFunc(o.Leave, func(k string) bool { return strings.HasSuffix(k, "|fvevol") }) {
		t.Errorf("options %+v", o)
	}
	note := driver("olddisk", condition.Info, condition.Low) // of a Windows that the machine does not start
	other := *w
	other.Root = `\WINNT`
	note.Windows = &other
	e.look.Run.Findings = append(e.look.Run.Findings, note)
	m = ready(e, Options{})
	hit(m, "Enter Enter")
	if o := e.wish.Options; !slices.Contains(o.Leave, note.Key()) {
		t.Errorf("options %+v", o)
	}
}
