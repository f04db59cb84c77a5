package deliver

import (
	"fmt"
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
		return checkURL(place)
	}
	return fmt.Errorf("%q is no place for a report: want %s, %s, %s, http://... or https://...", place, Disk, Serial, USB)
}

// Name is the place for messages: an URL without its password.
func Name(place string) string {
	if IsURL(place) {
		return nameURL(place)
	}
	return place
}
