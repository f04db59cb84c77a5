package engine

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/oracle"
)

// built is the bootmend command under test.
var built command.Binary

func TestMain(m *testing.M) { os.Exit(command.Main(m, &built)) }

// bootmend runs the command without a terminal.
func bootmend(t *testing.T, args ...string) command.Result {
	t.Helper()
	return built.Run(t, args...)
}

// want runs the command with --json, checks the exit code and returns the
// document.
func want(t *testing.T, code int, args ...string) document {
	t.Helper()
	r := bootmend(t, append(args, "--json")...)
	if r.Code != code {
		t.Fatalf("exit %d; want %d: %v", r.Code, code, r)
	}
	return decode(t, r)
}

// decode reads the one object that --json prints.
func decode(t *testing.T, r command.Result) document {
	t.Helper()
	var d document
	r.Decode(t, &d)
	return d
}

// document is the JSON of the command line contract, as far as it is promised.
type document struct {
	Machine *struct{ Profile string }
	Disks   []disk
	Windows []windows
	Chain   []struct {
		Windows string
		Stages  []struct {
			Stage   string
			OK      *bool
			What    string
			Symptom string
		}
	}
	Findings []finding
	Plan     *struct {
		Writes []write
		Final  []string
		Notes  []string
	}
	Result *struct {
		Verified     bool
		Committed    bool
		BytesWritten int64  `json:"bytes_written"`
		UndoID       string `json:"undo_id"`
	}
}

type disk struct {
	Path       string
	Size       int64
	Table      string
	Signature  string
	GUID       string
	Controller *struct{ ID string }
	Partitions []struct {
		Number       int
		Offset, Size int64
		FS           string
		Active       bool
	}
}

type windows struct {
	ID          string
	Disk        string
	Partition   int
	SystemRoot  string
	Product     string
	Version     string
	Build       int
	Arch        string
	ControlSets []struct{ Name string } `json:"control_sets"`
}

type finding struct {
	ID, Windows, Disk, Subject, Result, Severity, Confidence, Symptom, Summary, Advice string
	Evidence                                                                           []json.RawMessage
	Fixable                                                                            bool
	Steps                                                                              []struct{ File, Key, Value, Old, New string }
}

// write is a range of bytes on a disk.
type write struct {
	Disk           string
	Offset, Length int64
}

// find returns the findings of that ID.
func (d document) find(id string) []finding {
	var all []finding
	for _, f := range d.Findings {
		if f.ID == id {
			all = append(all, f)
		}
	}
	return all
}

// ids names all findings, for messages.
func (d document) ids() string {
	var all []string
	for _, f := range d.Findings {
		all = append(all, f.ID+" "+f.Result+": "+f.Summary)
	}
	return strings.Join(all, "\n")
}

// hash is that of the disk.
func hash(t *testing.T, image string) string {
	t.Helper()
	h, err := oracle.HashDisk(image)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// untouched fails when the disk is not what it was, or when something lies
// beside it but the undo bundles of earlier repairs.
func untouched(t *testing.T, image, before, after string) {
	t.Helper()
	if hash(t, image) != before {
		t.Errorf("%s changed the disk", after)
	}
	beside, _ := filepath.Glob(image + "?*")
	beside = slices.DeleteFunc(beside, func(path string) bool { return path == image+".bootmend-undo" })
	if len(beside) > 0 {
		t.Errorf("%s left %v beside the image", after, beside)
	}
}
