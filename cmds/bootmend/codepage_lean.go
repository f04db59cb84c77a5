//go:build lean

package main

import "golang.org/x/text/encoding"

// eastAsian: left out.
func eastAsian() map[int]encoding.Encoding { return nil }
