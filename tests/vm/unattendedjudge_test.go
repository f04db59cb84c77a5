package vm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/pid1/deliver"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/schema"
	"github.com/bootmend/bootmend/tests/tool"
)

// validReport fails unless the report is valid and says how the run ended.
func validReport(t *testing.T, report []byte, mode string, exit int) {
	t.Helper()
	if err := schema.Check(report); err != nil {
		t.Errorf("the report is not valid: %v", err)
	}
	var doc struct {
		Command  string
		ExitCode int `json:"exit_code"`
		Result   *struct{ Verified, Committed bool }
		Findings []struct{ ID string }
	}
	if err := json.Unmarshal(report, &doc); err != nil {
		t.Fatalf("%v: %.200s", err, report)
	}
	command := map[string]string{"auto": "repair", "scan": "scan"}[mode]
	repaired := doc.Result != nil && doc.Result.Verified && doc.Result.Committed
	if doc.Command != command || doc.ExitCode != exit || repaired != (mode == "auto") || len(doc.Findings) == 0 {
		t.Errorf("the report says %+v", doc)
	}
}

// cutForeign takes the report out of the log by the commands that package deliver
// documents, and demands the same of its own.
func cutForeign(t *testing.T, log string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "console.log")
	if err := os.WriteFile(path, []byte(log), 0o600); err != nil {
		t.Fatal(err)
	}
	foreign := tool.Must(t, "sh", "-c", fmt.Sprintf(`sed -n '/BEGIN BOOTMEND REPORT/,/END BOOTMEND REPORT/p' '%s' | tr -d '\r' | sed '1,/^$/d;$d' | base64 -d | gunzip`, path))
	own, err := deliver.Cut([]byte(log))
	if err != nil || !bytes.Equal(own, foreign) {
		t.Errorf("Cut: %d bytes, %v; other tools %d", len(own), err, len(foreign))
	}
	return foreign
}

// keptReport reads the report that the repair has left on the volume of Windows.
func keptReport(t *testing.T, disk, id string) (json, text []byte) {
	t.Helper()
	volume := sound(t, disk, guests.MustLoad(t, "winxp-x86"))
	for _, f := range []struct {
		ending string
		into   *[]byte
	}{{".json", &json}, {".txt", &text}} {
		var err error
		if *f.into, err = oracle.NTFSFile(volume, `\bootmend\reports\`+id+f.ending); err != nil {
			t.Fatal(err)
		}
	}
	return json, text
}

// onStick judges the report on the USB stick, and the stick.
func onStick(t *testing.T, stick, mode string, exit int) {
	t.Helper()
	if err := oracle.FATStructure(stick); err != nil {
		t.Error(err)
	}
	list := tool.Env{tool.Mtools}.Must(t, "mdir", "-b", "-i", stick, "::/bootmend/reports")
	names := strings.Fields(string(list))
	if len(names) != 2 {
		t.Fatalf("the stick has %q; want a report in two forms", names)
	}
	for _, name := range names {
		data, err := oracle.FATFile(stick, strings.TrimPrefix(name, "::"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, ".json") {
			validReport(t, data, mode, exit)
		} else if !bytes.Contains(data, []byte("RESULT")) {
			t.Errorf("%s says %q", name, data)
		}
	}
}
