package hivecmd

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"

	"github.com/bootmend/bootmend/tests/command"
)

// TestDamagedLogs: bits flipped in the logs of a real hive. Entries that cannot be
// used any more are told of, and lost only where somebody says so.
func TestDamagedLogs(t *testing.T) {
	src := realDirty(t)
	for name, tt := range map[string]struct {
		log     string
		off     int
		entries float64
		broken  bool
		numbers string
		keys    float64 // after the repair
	}{
		"first entry of the first log": {".LOG1", 0x22e, 23, true, "2108-2110|2111-2130", 33123},
		"base block of the first log":  {".LOG1", 0x10, 4, false, "2107-2110", 0},
		"second log, an entry":         {".LOG2", 0x10000, 0, true, "-2130", 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := filepath.Join(t.TempDir(), "SYSTEM")
			for _, suffix := range []string{"", ".LOG1", ".LOG2"} {
				b := read(t, src+suffix)
				if suffix == tt.log {
					b[tt.off] ^= 1
				}
				if err := os.WriteFile(h+suffix, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			before := read(t, h)
			d := document(t, command.ExitPerson, "check", h)
			entries, broken, numbers := 0.0, 0.0, []string{}
			for _, f := range at(t, d, "check", "findings").([]any) {
				if at(t, f, "kind") != hivefile.UnusedEntries {
					continue
				}
				if n, ok := at(t, f, "entries").(float64); ok {
					entries += n
					numbers = append(numbers, at(t, f, "sequence_numbers").(string))
				}
				if n, ok := at(t, f, "broken").(float64); ok {
					broken += n
				}
			}
			all := strings.Join(numbers, "|")
			if tt.entries > 0 && (entries != tt.entries || all != tt.numbers) || entries == 0 || !strings.HasSuffix(all, tt.numbers) || broken > 0 != tt.broken {
				t.Errorf("%v entries, %v broken, %q", entries, broken, all)
			}
			if at(t, d, "check", "drops_logs") != true || at(t, d, "check", "mendable") != false {
				t.Errorf("%v", at(t, d, "check"))
			}
			want(t, command.ExitPerson, "--drop-logs", "check", h)
			want(t, command.ExitPerson, "--drop-logs", "repair", "--yes", h)
			want(t, command.ExitPerson, "not used", "set", "--yes", h, "Select", "Default", "1")
			if r := want(t, command.ExitOK, "Default", "ls", h, "Select"); !strings.Contains(r.Stderr, "not used") {
				t.Errorf("%v", r)
			}
			if !bytes.Equal(read(t, h), before) || len(beside(t, h)) != 3 {
				t.Fatal("something was written")
			}
			d = document(t, command.ExitOK, "repair", "--yes", "--drop-logs", h)
			if at(t, d, "mended", 0, "kind") != hivefile.UnusedEntries || at(t, d, "mended", 0, "did") == "" {
				t.Errorf("%v", d)
			}
			want(t, command.ExitOK, "no contradiction", "check", h)
			if d = document(t, command.ExitOK, "info", h); tt.keys > 0 && at(t, d, "info", "keys") != tt.keys {
				t.Errorf("%v keys", at(t, d, "info", "keys"))
			}
		})
	}
}

// TestTornLastEntry: a last entry that is not whole is what a power cut leaves. It is a
// finding, and stops neither a repair nor an edit.
func TestTornLastEntry(t *testing.T) {
	h := realDirty(t)
	b := read(t, h+".LOG2")
	b[0x297000-100] ^= 1
	if err := os.WriteFile(h+".LOG2", b, 0o600); err != nil {
		t.Fatal(err)
	}
	d := document(t, command.ExitRepairable, "check", h)
	if at(t, d, "check", "findings", 0, "broken") != 1.0 || at(t, d, "check", "findings", 0, "entries") != nil {
		t.Errorf("%v", d)
	}
	want(t, command.ExitOK, "nothing was written", "set", "--dry-run", h, "Select", "Default", "2")
	want(t, command.ExitOK, "half-written", "repair", "--yes", h)
	want(t, command.ExitOK, "no contradiction", "check", h)
}

// TestStrayLog: a log of a clean hive does not count, whatever its number.
func TestStrayLog(t *testing.T) {
	h := small(t)
	log := func(seq uint32) {
		b := read(t, h)[:512]
		b[0x1c] = 6
		binary.LittleEndian.PutUint32(b[4:], seq)
		binary.LittleEndian.PutUint32(b[8:], seq)
		regftest.Seal(b)
		if err := os.WriteFile(h+".LOG1", b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log(0xffffffff)
	want(t, command.ExitOK, "done", "set", "--yes", h, "Select", "Current", "3")
	want(t, command.ExitOK, "no contradiction", "check", h)
	// Near the end of the numbers the log is really above the hive.
	b := read(t, h)
	binary.LittleEndian.PutUint32(b[4:], 0xf0000000)
	binary.LittleEndian.PutUint32(b[8:], 0xf0000000)
	regftest.Seal(b)
	if err := os.WriteFile(h, b, 0o600); err != nil {
		t.Fatal(err)
	}
	log(0xffffffff)
	want(t, command.ExitPerson, "SYSTEM.LOG1 has the sequence number 4294967295", "set", "--yes", h, "Select", "Current", "1")
	want(t, command.ExitPerson, "--drop-logs", "set", "--yes", h, "Select", "Current", "1")
	want(t, command.ExitOK, "done", "set", "--yes", "--drop-logs", h, "Select", "Current", "1")
	if d := document(t, command.ExitOK, "info", h); at(t, d, "info", "sequence_1") != float64(0xf0000001) {
		t.Errorf("%v", d)
	}
}
