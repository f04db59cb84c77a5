package deliver

import "testing"

// TestCheckPlace: the places that every edition has, and what is none.
func TestCheckPlace(t *testing.T) {
	for place, ok := range map[string]bool{"disk": true, "serial": true, "usb": true, "": false, "tape": false, "ftp://h": false, "http://": false} {
		if err := CheckPlace(place); (err == nil) != ok {
			t.Errorf("%q: %v", place, err)
		}
	}
}
