//go:build !lean

package deliver

import (
	"fmt"
	"net/url"
)

func checkURL(place string) error {
	if u, err := url.Parse(place); err != nil || u.Host == "" {
		return fmt.Errorf("%s is no URL", place)
	}
	return nil
}

func nameURL(place string) string {
	u, err := url.Parse(place)
	if err != nil {
		return place
	}
	return u.Redacted()
}
