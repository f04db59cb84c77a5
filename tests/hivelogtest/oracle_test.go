package hivelogtest

import (
	"testing"

	"github.com/bootmend/bootmend/tests/oracle"
)

// judge lets other readers read a repaired hive: reglookup all of it, hivex
// by opening and exporting it. They must see as many keys and values.
func judge(t *testing.T, r repaired) {
	t.Helper()
	file := oracle.HiveFile(t, r.b)
	lines, err := oracle.RegDump(file)
	if err != nil {
		t.Error(err)
	} else if n := len(lines) - 1; n != r.rest.Keys+r.rest.Values {
		t.Errorf("reglookup reads %d keys and values, we %d", n, r.rest.Keys+r.rest.Values)
	}
	if _, err := oracle.RegExport(file); err != nil {
		t.Error(err)
	}
}
