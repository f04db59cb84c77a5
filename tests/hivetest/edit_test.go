package hivetest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/google/go-cmp/cmp"
)

// change is one DWORD to set, in every control set.
type change struct {
	service string
	start   uint32
}

// TestEditRealHives sets Start values of real hives and lets foreign tools say
// what changed.
func TestEditRealHives(t *testing.T) {
	tool.Need(t, "hivexregedit", "hivexsh", "reglookup", "regfinfo")
	for name, changes := range map[string][]change{
		"xp-sp3-x86-vmware":   {{"PCIIde", 0}, {"intelide", 4}, {"vmscsi", 3}},
		"win7-sp1-x86-vmware": {{"msahci", 0}, {"storvsc", 0}, {"LSI_SAS", 3}},
	} {
		t.Run(name, func(t *testing.T) {
			h := realHive(t, "hives/"+name+".SYSTEM.xz")
			before, err := perl.Run("hivexregedit", "--export", h.path, `\`)
			if err != nil {
				t.Fatal(err)
			}
			info, err := perl.Run("regfinfo", h.path)
			if err != nil {
				t.Fatal(err)
			}
			keys, patches := planStarts(t, h, changes)
			after := filepath.Join(t.TempDir(), "after")
			writePatched(t, h.path, after, patches)

			a := openHive(t, after)
			diff, err := regf.Diff(h.Hive, a.Hive)
			if err != nil || len(diff) != len(keys) || !a.State().Clean {
				t.Errorf("Diff: %v, %v, state %+v, want %d differences", diff, err, a.State(), len(keys))
			}
			judge(t, after, string(before), string(info), keys)
			t.Logf("%d values in %d patches; hivexregedit sees those and nothing else", len(keys), len(patches))
		})
	}
}

// planStarts makes one edit of all changes in all control sets. The result maps
// key paths to the new Start.
func planStarts(t *testing.T, h hiveFile, changes []change) (map[string]uint32, []regf.Patch) {
	t.Helper()
	sys, err := registry.OpenSystem(h.Hive)
	if err != nil {
		t.Fatal(err)
	}
	sets, err := sys.ControlSets()
	if err != nil {
		t.Fatal(err)
	}
	e, err := regf.NewEdit(h.Hive)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]uint32{}
	for _, set := range sets {
		for _, c := range changes {
			s, err := set.Service(c.service)
			if err != nil {
				t.Fatal(err)
			}
			if s.Start == c.start {
				t.Fatalf("%s: Start is %d already", s.KeyPath, s.Start)
			}
			if err := e.Set(s.KeyPath, "Start", regf.RegDWORD, []byte{byte(c.start), 0, 0, 0}); err != nil {
				t.Fatal(err)
			}
			keys[s.KeyPath] = c.start
		}
	}
	patches, err := e.Patches()
	if err != nil {
		t.Fatal(err)
	}
	return keys, patches
}

func writePatched(t *testing.T, from, to string, patches []regf.Patch) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range patches {
		if string(b[p.Off:p.Off+int64(len(p.Old))]) != string(p.Old) || p.Off/512 != (p.Off+int64(len(p.New))-1)/512 {
			t.Fatalf("patch at %#x: old bytes differ or it spans sectors", p.Off)
		}
		copy(b[p.Off:], p.New)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// judge asks hivexsh for each value, hivexregedit for everything else, and the
// two libraries that share no code with it for their opinion.
func judge(t *testing.T, after, before, info string, keys map[string]uint32) {
	t.Helper()
	for key, want := range keys {
		out, err := perl.Feed(fmt.Sprintf("cd \\%s\nlsval Start\n", key), "hivexsh", after)
		if err != nil || strings.TrimSpace(string(out)) != fmt.Sprintf("%d", want) && strings.TrimSpace(string(out)) != fmt.Sprintf("%#x", want) {
			t.Errorf("hivexsh: %s Start = %q, %v, want %d", key, out, err, want)
		}
	}
	now, err := perl.Run("hivexregedit", "--export", after, `\`)
	if err != nil {
		t.Fatal(err)
	}
	old, cur := strings.Split(before, "\n"), strings.Split(string(now), "\n")
	if len(old) != len(cur) {
		t.Fatalf("export has %d lines, had %d", len(cur), len(old))
	}
	changed := map[string]uint32{}
	key := ""
	for i := range cur {
		if strings.HasPrefix(cur[i], "[") {
			key = strings.ToLower(strings.Trim(cur[i], `[]\`))
		}
		var n uint32
		if old[i] == cur[i] {
			continue
		}
		if _, err := fmt.Sscanf(cur[i], `"Start"=dword:%x`, &n); err != nil {
			t.Errorf("%s: %q became %q", key, old[i], cur[i])
		}
		changed[key] = n
	}
	want := map[string]uint32{}
	for k, n := range keys {
		want[strings.ToLower(k)] = n
	}
	if !cmp.Equal(changed, want) {
		t.Errorf("hivexregedit: %s", cmp.Diff(want, changed))
	}
	if out, err := perl.Run("reglookup", "-p", "/Select", after); err != nil || !strings.Contains(string(out), "Current") {
		t.Errorf("reglookup: %q, %v", out, err)
	}
	out, err := perl.Run("regfinfo", after)
	if err != nil || string(out) != info {
		t.Errorf("regfinfo: %v; its tree of names must stay", err)
	}
}

// TestEditDirtyHives: the 8.1 and 10 hives need their logs first.
func TestEditDirtyHives(t *testing.T) {
	for _, name := range []string{"win81-x64-dirty-nolog", "win10-1709-x64-dirty"} {
		h := realHive(t, "hives/"+name+".SYSTEM.xz")
		if _, err := regf.NewEdit(h.Hive); !says(err, "sequence numbers differ") {
			t.Errorf("%s: NewEdit = %v", name, err)
		}
	}
}

// TestEditForeignHive edits a hive that hivexsh made.
func TestEditForeignHive(t *testing.T) {
	tool.Need(t, "hivexsh", "hivexregedit", "reglookup", "regfinfo")
	h := openHive(t, madeByHivex(t, `
add Select
cd Select
setval 1
Current
dword:1
cd \
add ControlSet001
cd ControlSet001
add Services
cd Services
add msahci
cd msahci
setval 2
Start
dword:3
ImagePath
string:system32\drivers\msahci.sys
commit
`))
	keys, patches := planStarts(t, h, []change{{"MSAHCI", 0}})
	before, err := perl.Run("hivexregedit", "--export", h.path, `\`)
	if err != nil {
		t.Fatal(err)
	}
	info, err := perl.Run("regfinfo", h.path)
	if err != nil {
		t.Fatal(err)
	}
	after := filepath.Join(t.TempDir(), "after")
	writePatched(t, h.path, after, patches)
	judge(t, after, string(before), string(info), keys)
}

// madeByHivex runs a script of hivexsh on the smallest hive there is.
func madeByHivex(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hive")
	if err := os.WriteFile(path, emptyHive(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := perl.Feed(strings.TrimSpace(script)+"\n", "hivexsh", "-w", path); err != nil {
		t.Fatal(err)
	}
	return path
}
