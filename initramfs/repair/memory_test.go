package repair

import (
	"errors"
	"strings"
	"testing"
)

func TestEnoughMemory(t *testing.T) {
	for _, tt := range []struct {
		name, meminfo string
		need          int64
		ok            bool
	}{
		{"enough", "MemTotal: 2000000 kB\nMemAvailable:     400000 kB\n", 320 << 20, true},
		{"exactly", "MemAvailable: 327680 kB\n", 320 << 20, true},
		{"too little", "MemTotal: 500000 kB\nMemAvailable: 327679 kB\n", 320 << 20, false},
		{"not told", "MemTotal: 1 kB\n", 320 << 20, true},
		{"not a number", "MemAvailable: much\n", 320 << 20, true},
		{"empty", "", 1, true},
	} {
		err := enoughMemory(strings.NewReader(tt.meminfo), tt.need, "emptying the log")
		var verify *VerifyError
		if (err == nil) != tt.ok || err != nil && (!errors.As(err, &verify) || !strings.Contains(err.Error(), "takes 320 MiB of memory, 319 MiB are free")) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
