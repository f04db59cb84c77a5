package engine

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// undoList is what undo --list --json prints.
func undoList(t *testing.T, image string) []string {
	t.Helper()
	r := bootmend(t, "undo", "--list", "--json", image)
	var d struct {
		Bundles []struct {
			ID, Where, Error string
			Changes          int
		}
	}
	if r.Code != command.ExitOK {
		t.Fatal(r)
	}
	r.Decode(t, &d)
	var ids []string
	for _, b := range d.Bundles {
		if b.Error != "" || b.Changes == 0 || b.Where == "" {
			t.Errorf("bundle %+v", b)
		}
		ids = append(ids, b.ID)
	}
	return ids
}

// hiveOf is the content of the guest's SYSTEM hive as hivexregedit exports it.
func hiveOf(t *testing.T, g *guests.Guest, image string) []string {
	t.Helper()
	number, hive := g.SystemHive()
	p := g.Partition(number)
	volume := oracle.Volume(t, image, p)
	defer os.Remove(volume)
	read := oracle.NTFSFile
	if p.FS == "vfat" {
		read = oracle.FATFile
		if err := oracle.FATStructure(volume); err != nil {
			t.Error(err)
		}
	} else if err := oracle.NTFSStructure(volume); err != nil {
		t.Error(err)
	}
	data, err := read(volume, hive.Path)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := oracle.RegExport(oracle.HiveFile(t, data))
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// TestUndo: a repair is taken back, wherever its bundle is; afterwards Windows
// is as broken as before, the hive says the same to a foreign reader, and nothing
// is left of the bundle.
func TestUndo(t *testing.T) {
	fat := func(g *guests.Guest) {
		g.Parts[0].FS, g.Parts[0].Type, g.Name = "vfat", "0c", "winxp-fat32"
	}
	for _, tt := range []struct {
		name, guest string
		change      func(*guests.Guest)
		flags       []string
	}{
		{"beside the image", "win7-x64", nil, nil},
		{"on the volume", "win7-x64", nil, []string{"--journal-on-disk"}},
		{"on the volume, GPT", "win10-x64", nil, []string{"--journal-on-disk"}},
		{"on a logical drive", "winxp-logical", nil, []string{"--journal-on-disk"}},
		{"on FAT32", "winxp-x86", fat, []string{"--journal-on-disk"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := guests.MustLoad(t, tt.guest)
			if tt.change != nil {
				tt.change(g)
			}
			image := g.Build(t)
			machine := g.Broken[0].Machine
			before := hiveOf(t, g, image)
			d := want(t, command.ExitOK, append([]string{"repair", "--yes", "--machine", machine, image}, tt.flags...)...)
			id := d.Result.UndoID
			if got := undoList(t, image); !slices.Equal(got, []string{id}) || id == "" {
				t.Fatalf("undo --list: %q, the repair said %q", got, id)
			}
			if gone, added := oracle.RegChanges(before, hiveOf(t, g, image)); len(gone)+len(added) == 0 {
				t.Error("the repair changed nothing")
			}
			want(t, command.ExitOK, append([]string{"undo", "--yes", id, image}, tt.flags...)...)
			if gone, added := oracle.RegChanges(before, hiveOf(t, g, image)); len(gone)+len(added) > 0 {
				t.Errorf("after undo: gone %v, added %v", gone, added)
			}
			want(t, command.ExitRepairable, "scan", "--machine", machine, image)
			if left := undoList(t, image); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
			if left, _ := filepath.Glob(image + "?*"); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
			if r := bootmend(t, "undo", "--yes", image); r.Code != command.ExitError || !strings.Contains(r.Stderr, "nothing to take back") {
				t.Errorf("a second undo: %v", r)
			}
			// And it can be repaired again.
			want(t, command.ExitOK, append([]string{"repair", "--yes", "--machine", machine, image}, tt.flags...)...)
			want(t, command.ExitOK, "scan", "--machine", machine, image)
		})
	}
}

// TestUndoOfFiles: every verb that changes files is taken back; what the file
// held is what a foreign reader sees again.
func TestUndoOfFiles(t *testing.T) {
	g := guests.MustLoad(t, "win7-x64")
	image := g.Build(t)
	number, _ := g.SystemHive()
	place := func(path string) string { return image + ":2:" + path }
	if number != 2 {
		t.Fatalf("Windows on partition %d", number)
	}
	file := filepath.Join(t.TempDir(), "new.sys")
	if err := os.WriteFile(file, []byte(strings.Repeat("new content ", 9000)), 0o600); err != nil {
		t.Fatal(err)
	}
	const victim = `\Windows\explorer.exe`
	content := func(path string) string {
		volume := oracle.Volume(t, image, g.Partition(number))
		defer os.Remove(volume)
		if err := oracle.NTFSStructure(volume); err != nil {
			t.Error(err)
		}
		b, err := oracle.NTFSFile(volume, path)
		if err != nil {
			return "absent"
		}
		return string(b)
	}
	old := content(victim)
	n := 0
	for _, flags := range [][]string{nil, {"--journal-on-disk"}} {
		for _, tt := range []struct {
			verb  []string
			path  string
			after string // of path, "" for "not as before"
		}{
			{[]string{"put", file, place(`\Windows\System32\drivers\new.sys`)}, `\Windows\System32\drivers\new.sys`, ""},
			{[]string{"put", file, place(victim)}, victim, ""},
			{[]string{"rm", place(victim)}, victim, "absent"},
			{[]string{"mv", place(victim), `\Windows\System32\drivers\moved.exe`}, victim, "absent"},
			{[]string{"mkdir", place(`\Windows\new`)}, victim, old},
			{[]string{"attrib", place(victim), "+rhs"}, victim, old},
		} {
			was := content(tt.path)
			r := bootmend(t, append(append([]string{"fs"}, append(tt.verb, "--yes")...), flags...)...)
			if r.Code != command.ExitOK {
				t.Fatal(r)
			}
			now := content(tt.path)
			if tt.after != "" && now != tt.after || tt.after == "" && now == was {
				t.Errorf("%v: %.20q, was %.20q", tt.verb, now, was)
			}
			listed := bootmend(t, "fs", "ls", place(`\Windows`)).Stdout + bootmend(t, "fs", "stat", place(`\Windows\System32`)).Stdout
			if r := bootmend(t, append([]string{"undo", "--yes", image}, flags...)...); r.Code != command.ExitOK {
				t.Fatal(r)
			}
			if got := content(tt.path); got != was {
				t.Errorf("%v taken back: %.20q, was %.20q", tt.verb, got, was)
			}
			if tt.verb[0] == "mkdir" && strings.Contains(bootmend(t, "fs", "ls", place(`\Windows`)).Stdout, "new") || listed == "" {
				t.Errorf("%v: the directory is still there", tt.verb)
			}
			if left := undoList(t, image); len(left) > 0 {
				t.Errorf("%v: left %v", tt.verb, left)
			}
			n++
		}
	}
	t.Logf("%d changes made and taken back", n)
}

// TestUndoAfterWindowsChangedIt: what is not as the repair left it forbids the
// undo, which says where; --partial takes back the rest.
func TestUndoAfterWindowsChangedIt(t *testing.T) {
	g := guests.MustLoad(t, "win7-x64")
	image := g.Build(t)
	file := filepath.Join(t.TempDir(), "a.sys")
	if err := os.WriteFile(file, []byte("first"), 0o600); err != nil {
		t.Fatal(err)
	}
	const path = `\Windows\System32\drivers\a.sys`
	do := func(code int, args ...string) command.Result {
		t.Helper()
		r := bootmend(t, args...)
		if r.Code != code {
			t.Fatalf("want exit %d: %v", code, r)
		}
		return r
	}
	do(command.ExitOK, "fs", "put", file, image+":2:"+path, "--yes")
	first := undoList(t, image)
	if err := os.WriteFile(file, []byte("second"), 0o600); err != nil {
		t.Fatal(err)
	}
	do(command.ExitOK, "fs", "put", file, image+":2:"+path, "--yes")
	before := hash(t, image)
	r := do(command.ExitPerson, "undo", "--yes", first[0], image)
	if !strings.Contains(strings.Join(strings.Fields(r.Stdout), " "), path) {
		t.Errorf("it does not say where: %v", r)
	}
	untouched(t, image, before, "a refused undo")
	// The only copy of what was there is kept as long as it is not used.
	do(command.ExitPerson, "undo", "--yes", "--partial", first[0], image)
	if ids := undoList(t, image); !slices.Contains(ids, first[0]) {
		t.Errorf("the bundle is gone: %v", ids)
	}
	if got := do(command.ExitOK, "fs", "cat", image+":2:"+path).Stdout; got != "second" {
		t.Errorf("%q", got)
	}
	do(command.ExitOK, "undo", "--yes", image)
	if got := do(command.ExitOK, "fs", "cat", image+":2:"+path).Stdout; got != "first" {
		t.Errorf("%q", got)
	}
	do(command.ExitOK, "undo", "--yes", first[0], image)
	do(command.ExitUsage, "undo", "--yes", "20200101-000000-01234567", image)
	do(command.ExitUsage, "undo", image)
}

// TestLargeFile: content that does not fit into memory is put, read by others,
// and taken back; so is its removal.
func TestLargeFile(t *testing.T) {
	const size = 80 << 20
	content := strings.Repeat("0123456789abcdef", size/16)
	file := filepath.Join(t.TempDir(), "large.bin")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, flag := range []string{"--journal-on-disk=false", "--journal-on-disk"} {
		g := guests.MustLoad(t, "win7-x64")
		image := g.Build(t)
		place := image + `:2:\large.bin`
		seen := func() bool {
			volume := oracle.Volume(t, image, g.Partition(2))
			defer os.Remove(volume)
			if err := oracle.NTFSStructure(volume); err != nil {
				t.Error(err)
			}
			b, err := oracle.NTFSFile(volume, `\large.bin`)
			return err == nil && string(b) == content
		}
		for _, step := range []struct {
			args []string
			want bool
		}{
			{[]string{"fs", "put", file, place}, true},
			{[]string{"fs", "rm", place}, false},
			{[]string{"undo", image}, true},
			{[]string{"undo", image}, false},
		} {
			if r := bootmend(t, append(step.args, "--yes", flag)...); r.Code != command.ExitOK {
				t.Fatal(r)
			}
			if got := seen(); got != step.want {
				t.Fatalf("%v: the file is there: %v", step.args, got)
			}
		}
	}
}

// TestShadowCopies: the plan says that restore points become unreliable.
func TestShadowCopies(t *testing.T) {
	for _, tt := range []struct {
		name string
		want bool
	}{
		{`\System Volume Information\{0b1c2d3e-0000-0000-0000-000000000001}{3808876b-c176-4e48-b7ae-04046e6cc752}`, true},
		{`\System Volume Information\{3808876b-c176-4e48-b7ae-04046e6cc752}`, false}, // the catalog alone
	} {
		g := guests.MustLoad(t, "win7-x64")
		number, _ := g.SystemHive()
		g = g.With(number, guests.Entry{Kind: guests.File, Path: tt.name, Data: []byte("copy")})
		image := g.Build(t)
		r := bootmend(t, "plan", "--machine", g.Broken[0].Machine, image)
		if r.Code != command.ExitRepairable || strings.Contains(r.Stdout, "NOTE") != tt.want {
			t.Errorf("%s: %v", tt.name, r)
		}
	}
}

// What undo does not bring back is said before: how a file was stored.
func TestStoredCompressed(t *testing.T) {
	for name, want := range map[string]bool{"ntldr-compressed": true, "ntldr-missing": false} {
		image, g := build(t, name)
		r := bootmend(t, "plan", "--machine", g.Healthy[0].Machine, image)
		if r.Code != command.ExitRepairable || strings.Contains(r.Stdout, "not the compression") != want {
			t.Errorf("%s: %v", name, r)
		}
	}
}
