package pid1

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseUptime returns the seconds since the kernel started from the text of
// /proc/uptime, "12.34 56.78".
func ParseUptime(text string) (seconds float64, err error) {
	first, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	seconds, err = strconv.ParseFloat(first, 64)
	if err != nil || !(seconds >= 0 && seconds <= 1e12) { // not a number either
		return 0, fmt.Errorf("uptime %q", text)
	}
	return seconds, nil
}
