package deliver

import (
	"fmt"
	"net/url"
	"strings"
)

// The places that are no URL.
const (
	Disk   = "disk"
	Serial = "serial"
	USB    = "usb"
)

// IsURL reports whether the place is a server.
func IsURL(place string) bool {
	return strings.HasPrefix(place, "http://") || strings.HasPrefix(place, "https://")
}

// CheckPlace says what is wrong with a place.
func CheckPlace(place string) error {
	switch {
	case place == Disk, place == Serial, place == USB:
		return nil
	case IsURL(place):
		if u, err := url.Parse(place); err != nil || u.Host == "" {
			return fmt.Errorf("%s is no URL", place)
		}
		return nil
	}
	return fmt.Errorf("%q is no place for a report: want %s, %s, %s, http://... or https://...", place, Disk, Serial, USB)
}

// Name is the place for messages: an URL without its password.
func Name(place string) string {
	if u, err := url.Parse(place); err == nil && IsURL(place) {
		return u.Redacted()
	}
	return place
}
