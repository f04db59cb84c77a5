package vm

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// With BOOTMEND_MEDIA=write each row of TestMedia notes in README.md's table how it
// went ("make media"). Rows that do not run then keep what an earlier run noted.
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
	readme := filepath.Join(root, "README.md")
	old, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	notes := notesOf(string(old))
	notes[r.key()] = map[bool]string{false: "repairs", true: "FAILS"}[t.Failed()]
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
		row("floppy of 2.88 MB, amd64", "BIOS, 64 MiB", "winxp-x86"),
		row("floppy of 2.88 MB, drivers on a second one", "BIOS, 64 MiB", "winxp-x86"),
		row("floppy of 2.88 MB, drivers on a CD", "BIOS, 64 MiB", "winxp-x86"),
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

// notesOf are the results in README.md's table, by the keys of the rows.
func notesOf(readme string) map[string]string {
	notes := map[string]string{}
	for _, line := range tableLines(readme) {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if len(cells) == 4 {
			notes[cells[0]+" | "+cells[1]] = cells[3]
		}
	}
	return notes
}

func tableLines(readme string) []string {
	_, rest, _ := strings.Cut(readme, tableBegin+"\n")
	table, _, _ := strings.Cut(rest, tableEnd)
	return strings.Split(strings.TrimSpace(table), "\n")
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

// TestMediaNotes: the results are read back from the table that they were written into.
func TestMediaNotes(t *testing.T) {
	notes := map[string]string{}
	for i, r := range mediaRows() {
		notes[r.key()] = []string{"repairs", "FAILS", "not run"}[i%3]
	}
	readme, err := putTable("before\n"+tableBegin+"\n"+tableEnd+"\nafter\n", mediaTable(notes))
	if err != nil {
		t.Fatal(err)
	}
	got := notesOf(readme)
	for _, r := range mediaRows() {
		if got[r.key()] != notes[r.key()] {
			t.Errorf("%s: noted %q, read %q", r.key(), notes[r.key()], got[r.key()])
		}
	}
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
	lines := tableLines(string(text))
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
