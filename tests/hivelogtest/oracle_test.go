package hivelogtest

import (
	"bytes"
	"os/exec"
	"testing"

	"github.com/bootmend/bootmend/tests/oracle"
)

// judge lets other readers read a repaired hive: reglookup and hivex (hivexml,
// which reads all of it). They must see as many keys and values.
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
		t.Errorf("hivexml: %v %s", err, stderr.String())
	}
	if keys, values := bytes.Count(out.Bytes(), []byte("<node ")), bytes.Count(out.Bytes(), []byte("<value ")); keys != r.rest.Keys || values != r.rest.Values {
		t.Errorf("hivexml reads %d keys, %d values, we %d, %d", keys, values, r.rest.Keys, r.rest.Values)
	}
}
