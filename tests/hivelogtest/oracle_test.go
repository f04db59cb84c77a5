package hivelogtest

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/tool"
)

// judge lets other readers read a repaired hive: reglookup and hivex. They must
// see as many keys and values.
func judge(t *testing.T, r repaired) {
	t.Helper()
	file := oracle.HiveFile(t, r.b)
	lines, err := oracle.RegDump(file)
	if err != nil {
		t.Error(err)
	} else if n := len(lines) - 1; n != r.rest.Keys+r.rest.Values {
		t.Errorf("reglookup reads %d keys and values, we %d", n, r.rest.Keys+r.rest.Values)
	}
	var out, stderr bytes.Buffer
	cmd := exec.Command("hivexml", file)
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		// It gives up where a name or a string is no UTF-16 and where a value
		// without data has an offset, which damage can make and Windows does
		// not mind.
		if e := stderr.String(); !strings.Contains(e, "Invalid argument") && !strings.Contains(e, "Bad address") {
			t.Errorf("hivexml: %v %s", err, e)
		}
		opens(t, file)
		return
	}
	if keys, values := bytes.Count(out.Bytes(), []byte("<node ")), bytes.Count(out.Bytes(), []byte("<value ")); keys != r.rest.Keys || values != r.rest.Values {
		t.Errorf("hivexml reads %d keys, %d values, we %d, %d", keys, values, r.rest.Keys, r.rest.Values)
	}
}

// opens lets hivexsh open a hive, which checks hbins and cells, and list the
// keys of the root.
func opens(t *testing.T, file string) {
	t.Helper()
	if _, err := tool.Env(nil).Feed("ls\n", "hivexsh", file); err != nil {
		t.Error(err)
	}
}
