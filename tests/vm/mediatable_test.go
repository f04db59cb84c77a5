package vm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// With BOOTMEND_MEDIA=write each row of TestMedia notes how it went in out/media.json,
// and the table in README.md is written anew of what is noted there ("make media").
const (
	tableBegin = "<!-- media table: make media -->"
	tableEnd   = "<!-- end of the media table -->"
)

// noteMedium notes how the row went.
func noteMedium(t *testing.T, r mediumRow) {
	if os.Getenv("BOOTMEND_MEDIA") != "write" || t.Skipped() {
		return
	}
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(root, "out", "media.json")
	notes, err := readNotes(file)
	if err != nil {
		t.Fatal(err)
	}
	notes[r.key()] = map[bool]string{false: "repairs", true: "FAILS"}[t.Failed()]
	text, err := json.MarshalIndent(notes, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	readme := filepath.Join(root, "README.md")
	old, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	written, err := putTable(string(old), mediaTable(notes))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(readme, []byte(written), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tableRows are the rows of README.md's table: those of TestMedia, and those of tests of
// their own.
func tableRows() []mediumRow { return append(mediaRows(), smallRows()...) }

// smallRows are the media that need more than to be attached, by the tests that call
// noteSmall.
func smallRows() []mediumRow {
	row := func(medium, machine, guest string) mediumRow {
		return mediumRow{medium: medium, machine: machine, guest: guest}
	}
	return []mediumRow{
		row("lite ISO on CD", "BIOS, 64 MiB", "winxp-x86"),
		row("lite ISO on CD", "UEFI", "win10-x64"),
		row("floppy of 2.88 MB", "BIOS, 40 MiB", "winxp-x86"),
		row("floppy of 2.88 MB, drivers on a second one", "BIOS, 64 MiB", "winxp-x86"),
		row("two floppies of 1.44 MB in one drive", "BIOS, 40 MiB", "winxp-x86"),
		row("two floppies of 1.44 MB in two drives", "BIOS, 40 MiB", "winxp-x86"),
		row("starter floppy of 1.44 MB, ISO on CD", "BIOS", "winxp-x86"),
		row("starter floppy of 1.44 MB, ISO on a stick", "BIOS", "winxp-x86"),
	}
}

// noteSmall notes how the row of that medium and machine went.
func noteSmall(t *testing.T, medium, machine string) {
	t.Helper()
	i := slices.IndexFunc(smallRows(), func(r mediumRow) bool { return r.medium == medium && r.machine == machine })
	if i < 0 {
		t.Fatalf("no row %s, %s", medium, machine)
	}
	noteMedium(t, smallRows()[i])
}

func (r mediumRow) key() string { return r.medium + " | " + r.machine }

func readNotes(file string) (map[string]string, error) {
	notes := map[string]string{}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return notes, nil
	}
	if err != nil {
		return nil, err
	}
	return notes, json.Unmarshal(text, &notes)
}

func mediaTable(notes map[string]string) string {
	var b strings.Builder
	b.WriteString("| Medium | Machine | Guest | Result |\n|---|---|---|---|\n")
	for _, r := range tableRows() {
		result := notes[r.key()]
		if result == "" {
			result = "not run"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.medium, r.machine, r.guest, result)
	}
	return b.String()
}

func putTable(readme, table string) (string, error) {
	before, rest, ok := strings.Cut(readme, tableBegin+"\n")
	_, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		return "", fmt.Errorf("README.md has no table between %q and %q", tableBegin, tableEnd)
	}
	return before + tableBegin + "\n" + table + tableEnd + after, nil
}

// TestMediaTable: README.md has a line for every row, and none that is left over.
func TestMediaTable(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), tableBegin+"\n")
	table, _, _ := strings.Cut(rest, tableEnd)
	lines := strings.Split(strings.TrimSpace(table), "\n")
	rows := tableRows()
	if len(lines) != len(rows)+2 {
		t.Fatalf("the table has %d lines; want %d and a head of two", len(lines), len(rows))
	}
	for i, r := range rows {
		if want := fmt.Sprintf("| %s | %s | %s | ", r.medium, r.machine, r.guest); !strings.HasPrefix(lines[i+2], want) {
			t.Errorf("line %d is %q; want %q", i+3, lines[i+2], want)
		}
		if strings.Contains(lines[i+2], "FAILS") {
			t.Errorf("the table says that this fails: %s", lines[i+2])
		}
	}
}
