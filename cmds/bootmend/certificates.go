//go:build !lean

package main

// The image has no certificates of authorities; a host's own go before these.
import _ "golang.org/x/crypto/x509roots/fallback"
