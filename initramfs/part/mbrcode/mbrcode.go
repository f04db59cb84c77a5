package mbrcode

import _ "embed" // for the code and its licence

//go:embed mbr.bin
var code string

//go:embed LICENSE
var licence string

// Code is the boot code: 440 bytes, of which the last are zero.
func Code() []byte { return []byte(code) }

// Licence is the text under which the code is passed on.
func Licence() string { return licence }
