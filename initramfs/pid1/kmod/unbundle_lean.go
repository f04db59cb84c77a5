//go:build lean

package kmod

import "errors"

// unbundle: lean images have a kernel with its drivers inside, and no bundles.
func unbundle(string, string) ([]byte, error) {
	return nil, errors.New("no such file, and this program knows no bundles")
}
