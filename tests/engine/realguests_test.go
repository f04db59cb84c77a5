package engine

import (
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
)

// TestRealGuestsStayHealthy: guests around real hives and stores get no write.
func TestRealGuestsStayHealthy(t *testing.T) {
	names := guests.RealNames()
	if len(names) == 0 {
		t.Skip("SKIP-REALDATA hives and stores: collection of real data not present")
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := guests.MustLoad(t, name)
			staysHealthy(t, g.Build(t), g.Healthy[0].Machine)
		})
	}
	t.Logf("%d guests around real data", len(names))
}
