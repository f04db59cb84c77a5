package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/oracle"
)

const bootDriver = "boot-driver-file-missing"

// severalDrivers is a guest with a damage of several boot drivers.
func severalDrivers(t *testing.T, name string) (d damage.Damage, args []string) {
	t.Helper()
	d, ok := damage.Find(bootDriver + "/" + name)
	if !ok {
		t.Fatal("no such damage")
	}
	image, g := d.Build(t)
	return d, []string{"--machine", g.Healthy[0].Machine, image}
}

// planned names of the findings of boot drivers what is planned: "olddisk high 1".
func planned(d document) (all []string) {
	for _, f := range d.find(bootDriver) {
		all = append(all, fmt.Sprintf("%s %s %s %d", f.Subject, f.Severity, f.Confidence, len(f.Steps)))
	}
	return all
}

// TestDriversAreJudgedApart: each boot driver has a finding of its own, what stops Windows
// first, and is planned and named for itself.
func TestDriversAreJudgedApart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		damage string
		args   []string
		code   int
		want   []string
	}{
		{"one-needed", nil, command.ExitRepairable, []string{"olddisk fatal high 2", "oldav info low 0"}},
		{"one-needed", []string{"--only", bootDriver}, command.ExitRepairable, []string{"olddisk fatal high 2", "oldav info low 2"}},
		{"one-needed", []string{"--only", bootDriver + ":OldAV"}, command.ExitPerson, []string{"olddisk fatal high 0", "oldav info low 2"}},
		{"one-needed", []string{"--except", bootDriver + ":olddisk"}, command.ExitPerson, []string{"olddisk fatal high 0", "oldav info low 0"}},
		{"one-certain", nil, command.ExitPerson, []string{"fvevol fatal high 1", "volmgrx fatal low 0"}},
		{"one-certain", []string{"--only", bootDriver + ":volmgrx," + bootDriver + ":fvevol"}, command.ExitRepairable, []string{"fvevol fatal high 1", "volmgrx fatal low 1"}},
		{"shared", nil, command.ExitRepairable, []string{"olddisk fatal high 1", "volmgrx fatal high 1"}},
	} {
		t.Run(strings.Join(append([]string{tt.damage}, tt.args...), " "), func(t *testing.T) {
			t.Parallel()
			_, args := severalDrivers(t, tt.damage)
			doc := want(t, tt.code, slices.Concat([]string{"plan"}, tt.args, args)...)
			if got := planned(doc); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(tt.want))) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			fatal := true
			for _, f := range doc.find(bootDriver) {
				if f.Severity == "fatal" && !fatal {
					t.Errorf("%s stops Windows and comes after what does not", f.Subject)
				}
				fatal = f.Severity == "fatal"
			}
		})
	}
}

// TestDriverIsNamed: what a person reads has the name by which to ask for one driver, and
// what no condition has is refused.
func TestDriverIsNamed(t *testing.T) {
	t.Parallel()
	_, args := severalDrivers(t, "one-needed")
	r := bootmend(t, append([]string{"plan"}, args...)...)
	for _, text := range []string{"FINDING boot-driver-file-missing:olddisk (present, fatal)", "FINDING boot-driver-file-missing:oldav (present, info)",
		"repair --only\nboot-driver-file-missing:oldav turns it off", "PLAN for boot-driver-file-missing:olddisk"} {
		if plain := func(s string) string { return strings.Join(strings.Fields(s), " ") }; !strings.Contains(plain(r.Stdout), plain(text)) {
			t.Errorf("no %q in:\n%s", text, r.Stdout)
		}
	}
	for _, name := range []string{"bcd-missing:a", bootDriver + ":", bootDriver + "s:a"} {
		if r := bootmend(t, append([]string{"plan", "--only", name}, args...)...); r.Code != command.ExitUsage {
			t.Errorf("%s: %v", name, r)
		}
	}
}

// TestOneDriverOnRequest: one driver is taken and the other stays, until it is named, too.
func TestOneDriverOnRequest(t *testing.T) {
	t.Parallel()
	d, args := severalDrivers(t, "one-needed")
	sound, image := d.Sound(t), args[len(args)-1]
	was := systemLines(t, sound, image)
	off := func() (all []string) {
		_, added := oracle.RegChanges(was, systemLines(t, sound, image))
		for _, line := range added {
			if service, ok := strings.CutSuffix(line, `\"Start"=dword:00000004`); ok {
				all = append(all, service[strings.LastIndex(service, `\`)+1:])
			}
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	for _, s := range []struct {
		only string
		code int
		off  []string
	}{{"oldav", command.ExitPerson, []string{"oldav"}}, {"olddisk", command.ExitOK, []string{"oldav", "olddisk"}}} {
		want(t, s.code, append([]string{"repair", "--yes", "--only", bootDriver + ":" + s.only}, args...)...)
		if got := off(); !slices.Equal(got, s.off) {
			t.Errorf("--only %s: %q is off, want %q", s.only, got, s.off)
		}
	}
	want(t, command.ExitOK, append([]string{"scan"}, args...)...)
}

// TestSharedFileIsWrittenOnce: two services have one file, in other letters; it is written
// once, and both findings are ended.
func TestSharedFileIsWrittenOnce(t *testing.T) {
	t.Parallel()
	_, args := severalDrivers(t, "shared")
	r := bootmend(t, append([]string{"repair", "--yes", "--summary"}, args...)...)
	if r.Code != command.ExitOK || strings.Contains(r.Stdout, "written 2 times") {
		t.Errorf("%v", r)
	}
	want(t, command.ExitOK, append([]string{"scan"}, args...)...)
}
