package reporttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/schema"
)

// built is the bootmend command under test.
var built command.Binary

func TestMain(m *testing.M) { os.Exit(command.Main(m, &built)) }

// ordinary are the damages of "make test": repaired in the registry, by files, on
// the disk itself; left alone; and one whose text is longest.
var ordinary = []string{"storage-driver-missing", "bcd-missing", "mbr-signature-missing", "hibernated/upper-case", "gpt-primary-damaged"}

func campaign() bool { return os.Getenv("BOOTMEND_CAMPAIGN") == "1" }

// words are the sentences of a document.
type words struct {
	Findings []struct{ ID, Summary, Advice, Symptom string }
	Plan     *struct{ Notes, Final []string }
	Earlier  []words
}

// judge validates the document and reads its sentences.
func judge(t *testing.T, r command.Result) words {
	t.Helper()
	if err := schema.Check([]byte(r.Stdout)); err != nil {
		t.Errorf("%v: %v", r.Args, err)
	}
	var w words
	if err := json.Unmarshal([]byte(r.Stdout), &w); err != nil {
		t.Fatalf("%v: %v", err, r)
	}
	return w
}

func (w words) check(t *testing.T) (n int) {
	t.Helper()
	say := func(kind, id, text string) {
		if text == "" && kind != "summary" {
			return
		}
		n++
		for _, bad := range badWording(kind, text) {
			t.Errorf("%s, %s: %s: %q", id, kind, bad, text)
		}
	}
	for _, f := range w.Findings {
		say("summary", f.ID, f.Summary)
		say("advice", f.ID, f.Advice)
		say("symptom", f.ID, f.Symptom)
	}
	if w.Plan != nil {
		for _, note := range w.Plan.Notes {
			say("note", "plan", note)
		}
	}
	return n
}

// TestEveryDamage: whatever is wrong, each command's document is valid, each
// sentence readable, each summary fits.
func TestEveryDamage(t *testing.T) {
	sentences, documents := 0, 0
	for _, d := range damage.All() {
		if !campaign() && !slices.Contains(ordinary, d.Name) || d.Apart {
			continue
		}
		t.Run(d.Name, func(t *testing.T) {
			image, g := d.Build(t)
			on := []string{image}
			if known := slices.Concat(g.Broken, g.Healthy); d.Machine != "" {
				on = []string{"--machine", d.Machine, image}
			} else if len(known) > 0 {
				on = []string{"--machine", known[0].Machine, image}
			}
			for _, args := range [][]string{{"scan", "--json"}, {"plan", "--json"}} {
				sentences += judge(t, built.Run(t, append(args, on...)...)).check(t)
				documents++
			}
			dir := filepath.Join(t.TempDir(), "report")
			r := built.Run(t, append([]string{"repair", "--yes", "--summary", "--rounds", "3", "--report-dir", dir}, on...)...)
			checkSummary(t, r)
			kept, err := os.ReadFile(filepath.Join(dir, "report.json"))
			if err != nil {
				t.Fatal(err)
			}
			sentences += judge(t, command.Result{Args: r.Args, Stdout: string(kept)}).check(t)
			if undo := built.Run(t, "undo", "--yes", "--json", image); undo.Code == command.ExitOK {
				judge(t, undo)
				documents++
			}
			documents++
		})
	}
	t.Logf("%d documents, %d sentences", documents, sentences)
}

// TestHealthyGuests: of every guest, on the machine on which it starts.
func TestHealthyGuests(t *testing.T) {
	for _, name := range []string{"winxp-x86", "win2003-lsi-fat16", "win7-x64", "win10-x64", "reactos", "two-windows", "win81-x64-uefi", "winvista-x86"} {
		if !campaign() && name != "winxp-x86" && name != "win10-x64" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			g := guests.MustLoad(t, name)
			image := g.Build(t)
			for _, args := range [][]string{{"scan", "--json"}, {"plan", "--json"}, {"repair", "--yes", "--json"}} {
				judge(t, built.Run(t, append(args, "--machine", g.Healthy[0].Machine, image)...)).check(t)
			}
		})
	}
}

// checkSummary: at most 20 lines of 79 columns, each question answered.
func checkSummary(t *testing.T, r command.Result) {
	t.Helper()
	at := strings.LastIndex(r.Stdout, "\nSUMMARY ")
	if at < 0 {
		t.Fatalf("no summary: %v", r)
	}
	text := r.Stdout[at+1:]
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) > 20 {
		t.Errorf("the summary has %d lines:\n%s", len(lines), text)
	}
	for _, line := range lines {
		if utf8.RuneCountInString(line) > 79 {
			t.Errorf("%d columns: %q", utf8.RuneCountInString(line), line)
		}
	}
	for _, answer := range []string{"  Wrong ", "  Changed ", "  Next "} {
		if !strings.Contains(text, answer) {
			t.Errorf("the summary does not say%s:\n%s", answer, text)
		}
	}
	if wrote := strings.Contains(r.Stdout, "bytes written"); wrote != strings.Contains(text, "  Undo ") || wrote != strings.Contains(text, "  Proof ") {
		t.Errorf("proof and undo are told where nothing was written, or the other way round:\n%s", text)
	}
	for _, re := range noise {
		if m := re.FindString(text); m != "" {
			t.Errorf("%q is for programmers:\n%s", m, text)
		}
	}
}

// TestKeptReport: the report is in the same transaction as the repair, valid, and
// goes with the undo, which leaves nothing behind.
func TestKeptReport(t *testing.T) {
	g := guests.MustLoad(t, "winxp-x86")
	image := g.Build(t)
	on := []string{"--machine", "qemu-pc", "--journal-on-disk", image}
	before := built.Run(t, "fs", "ls", image+`:1:\`)
	r := built.Run(t, append([]string{"repair", "--yes", "--keep-report"}, on...)...)
	if r.Code != command.ExitOK || !strings.Contains(r.Stdout, `\bootmend\reports\`) {
		t.Fatalf("repair: %v", r)
	}
	kept := built.Run(t, "report", "--json", image)
	w := judge(t, kept)
	if len(w.Findings) == 0 {
		t.Errorf("the kept report has no findings: %v", kept)
	}
	text := built.Run(t, "report", image)
	if !strings.Contains(text.Stdout, "RESULT repaired and verified; bootmend undo ") {
		t.Errorf("the kept text: %v", text)
	}
	// A healthy disk gets none.
	if again := built.Run(t, append([]string{"repair", "--yes", "--keep-report"}, on...)...); !strings.Contains(again.Stdout, "RESULT healthy, nothing was written") {
		t.Errorf("again: %v", again)
	}
	if undo := built.Run(t, "undo", "--yes", "--journal-on-disk", image); undo.Code != command.ExitOK {
		t.Fatalf("undo: %v", undo)
	}
	if after := built.Run(t, "fs", "ls", image+`:1:\`); after.Stdout != before.Stdout {
		t.Errorf("after the undo:\n%s\nbefore the repair:\n%s", after.Stdout, before.Stdout)
	}
}

// TestWordingRejects: a judge that takes everything proves nothing.
func TestWordingRejects(t *testing.T) {
	for _, good := range []string{"The boot sector of sda partition 1 is damaged.", "sda partition 2 holds no Windows.", `\ntldr is missing.`} {
		if bad := badWording("summary", good); len(bad) > 0 {
			t.Errorf("%q: %q", good, bad)
		}
	}
	for _, bad := range []string{"the boot sector is damaged.", "It is damaged", "Reading failed: EOF.", "At 0xc000123456 it is wrong.", "It is %!d(string=x).",
		"It is <nil>.", "Please look at it.", "Error: it is wrong.", "It\nis wrong.", "A  b.", strings.Repeat("Long ", 200) + ".", "Ended: context canceled.", "Look at repair.go:12."} {
		if len(badWording("summary", bad)) == 0 {
			t.Errorf("%q was taken", bad)
		}
	}
}

// TestReportCommand: the schema comes out as it is, and a log of a serial console
// without a report says so.
func TestReportCommand(t *testing.T) {
	var s struct {
		Schema string `json:"$schema"`
	}
	r := built.Run(t, "report", "--schema")
	if err := json.NewDecoder(bytes.NewReader([]byte(r.Stdout))).Decode(&s); err != nil || s.Schema == "" {
		t.Errorf("%v: %v", err, r)
	}
	log := filepath.Join(t.TempDir(), "console.log")
	if err := os.WriteFile(log, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"report", "--cut", log}, {"report", "--dir", t.TempDir(), guests.MustLoad(t, "winxp-x86").Build(t)}} {
		if r := built.Run(t, args...); r.Code != command.ExitError || !strings.Contains(r.Stderr, "there is no report") {
			t.Errorf("%s: %v", fmt.Sprint(args), r)
		}
	}
}
