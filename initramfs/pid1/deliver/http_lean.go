//go:build lean

package deliver

import (
	"context"
	"errors"
)

// Poster stands for the one that sends reports to servers: the lean program has no
// network.
type Poster struct{}

// errNoNetwork: there is neither a network driver nor HTTP.
var errNoNetwork = errors.New("this small bootmend has no network; a stick, a floppy or the serial port takes the report")

// Post refuses.
func (Poster) Post(context.Context, string, []byte) error { return errNoNetwork }

func checkURL(string) error { return errNoNetwork }

// nameURL is the place without what may be a password.
func nameURL(string) string { return "a server" }
