package main

import (
	"strings"
	"testing"
)

// TestFromHelp: the help of --from says that the boot loaders for the network are not in an
// image, which an offline build must have in its cache.
func TestFromHelp(t *testing.T) {
	usage := pxeCommand(nil).Flags().Lookup("from").Usage
	for _, want := range []string{"nothing is compiled", "boot loaders for the network", "--offline"} {
		if !strings.Contains(usage, want) {
			t.Errorf("--from: %q does not say %q", usage, want)
		}
	}
}
