package explain

import (
	"testing"

	"github.com/bootmend/bootmend/initramfs/condition"
)

func TestAgainstPutsWhatIsThereFirst(t *testing.T) {
	ranked := Rank("NTLDR is missing")
	findings := []condition.Finding{
		{ID: "vbr-geometry", Result: condition.Unknown},
		{ID: "san-policy", Result: condition.Present},
		{ID: "active-wrong", Result: condition.Unknown},
		{ID: "active-wrong", Result: condition.Present},
	}
	judged, others := Against(ranked, findings)
	if len(judged) != len(ranked) {
		t.Fatalf("%d ranked, %d judged", len(ranked), len(judged))
	}
	if j := judged[0]; j.ID != "active-wrong" || j.State != Present || len(j.Findings) != 2 {
		t.Errorf("first: %+v", j)
	}
	if j := judged[1]; j.ID != "vbr-geometry" || j.State != Unknown {
		t.Errorf("second: %+v", j)
	}
	if j := judged[2]; j.ID != "ntldr-missing" || j.State != Absent || j.Findings != nil {
		t.Errorf("third: %+v", j)
	}
	if len(others) != 1 || others[0].ID != "san-policy" {
		t.Errorf("others: %v", others)
	}
}
