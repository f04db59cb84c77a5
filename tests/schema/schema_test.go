package schema

import (
	"strings"
	"testing"
)

const smallest = `{"version":1,"command":"scan","machine":null,"disks":[],"windows":[],"chain":[],"findings":[],"exit_code":0,"healthy":true}`

// TestCheckRejects: a judge that takes everything proves nothing.
func TestCheckRejects(t *testing.T) {
	if err := Check([]byte(smallest)); err != nil {
		t.Fatalf("the smallest document: %v", err)
	}
	for _, change := range [][2]string{
		{`"version":1`, `"version":2`}, {`"scan"`, `"look"`}, {`"disks":[]`, `"disks":null`}, {`"exit_code":0`, `"exit_code":3`},
		{`"healthy":true`, `"healthy":true,"more":1`}, {`"machine":null,`, ``}, {`"findings":[]`, `"findings":[{}]`},
		{`"healthy":true`, `"healthy":true,"time":"yesterday"`},
	} {
		bad := strings.Replace(smallest, change[0], change[1], 1)
		if bad == smallest {
			t.Fatalf("%q is not in the document", change[0])
		}
		if err := Check([]byte(bad)); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}
