package hivecmd

import (
	"bytes"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/realdata"
)

// TestCheckAndRepair: the exit codes tell sound from mendable, and a mended
// hive is read by others.
func TestCheckAndRepair(t *testing.T) {
	h := small(t)
	if d := document(t, command.ExitOK, "check", h); at(t, d, "check", "damaged") != 0.0 || at(t, d, "check", "keys") != 10.0 {
		t.Errorf("%v", d)
	}
	want(t, command.ExitOK, "nothing to change", "repair", "--yes", h)

	// A name hash that is wrong: Windows does not find the key any more.
	b := read(t, h)
	i := bytes.Index(b, []byte("lh\x01\x00"))
	b[i+8] ^= 0xff
	bad := write(t, "bad", b)
	d := document(t, command.ExitRepairable, "check", bad)
	if at(t, d, "check", "mendable") != true || at(t, d, "check", "findings", 0, "kind") != "subkey hash" || at(t, d, "check", "findings", 0, "offset") == 0.0 {
		t.Errorf("%v", d)
	}
	want(t, command.ExitUsage, "--yes", "repair", bad)
	want(t, command.ExitOK, "nothing was written", "repair", "--dry-run", bad)
	if !bytes.Equal(read(t, bad), b) {
		t.Fatal("it was written")
	}
	d = document(t, command.ExitOK, "repair", "--yes", bad)
	if at(t, d, "mended", 0, "did") == "" || at(t, d, "change", "written") != true {
		t.Errorf("%v", d)
	}
	want(t, command.ExitOK, "no contradiction", "check", bad)
	want(t, command.ExitOK, "the same keys and values", "diff", h, bad)
	if _, err := oracle.RegDump(bad); err != nil {
		t.Error(err)
	}
	want(t, command.ExitError, "", "check", write(t, "text", []byte(strings.Repeat("no hive ", 1000))))
}

// TestUncompletedWrite: a hive that is whole although its base block says
// otherwise is taken, and its sequence number rises above those of its logs.
func TestUncompletedWrite(t *testing.T) {
	root := regftest.Key{Name: "r", Keys: []regftest.Key{{Name: "k", Values: []regftest.Value{regftest.DWORD("v", 1)}}}}
	h := write(t, "h", regftest.Build(root, regftest.Options{Seq1: 9, Seq2: 8}))
	want(t, command.ExitRepairable, "can mend", "check", h)
	want(t, command.ExitPerson, "hive check", "set", "--yes", h, "k", "v", "2")
	want(t, command.ExitOK, "done and verified", "repair", "--yes", h)
	if d := document(t, command.ExitOK, "info", h); at(t, d, "info", "sequence_1").(float64) <= 9 || at(t, d, "info", "state") != "clean" {
		t.Errorf("%v", d)
	}
	want(t, command.ExitOK, "done", "set", "--yes", h, "k", "v", "2")
}

// TestRealRepairs: the hive of Windows 8.1 without its logs, and the
// damaged one of XP, which hivex does not read to the end before.
func TestRealRepairs(t *testing.T) {
	for name, tt := range map[string]struct {
		check int
		lines int // that hivexregedit exports afterwards, at least
	}{
		"hives/win81-x64-dirty-nolog.SYSTEM.xz": {command.ExitRepairable, 20015 + 49779},
		"hives/xp-sp3-x86-corrupted.SYSTEM.xz":  {command.ExitRepairable, 7000},
	} {
		h := realdata.File(t, name)
		before := read(t, h)
		want(t, tt.check, "RESULT", "check", h)
		want(t, command.ExitOK, "done and verified", "repair", "--yes", h)
		want(t, command.ExitOK, "no contradiction", "check", h)
		if lines, err := oracle.RegExport(h); err != nil || len(lines) < tt.lines {
			t.Errorf("%s: hivexregedit sees %d keys and values, %v", name, len(lines), err)
		}
		if !bytes.Equal(read(t, h+".bootmend-backup"), before) {
			t.Errorf("%s: the backup differs", name)
		}
	}
}
