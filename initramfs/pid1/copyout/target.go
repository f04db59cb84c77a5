package copyout

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Target is where files go.
type Target struct {
	User, Host string
	Port       int
	Path       string // "" for the home directory there
}

// Address is host and port as net.Dial takes them.
func (t Target) Address() string { return net.JoinHostPort(t.Host, strconv.Itoa(t.Port)) }

var errTarget = errors.New("want USER@HOST:PATH, such as anna@192.168.1.5:rescued/")

// ParseTarget reads user@host:path, with an address of IPv6 in brackets.
func ParseTarget(text string, port int) (Target, error) {
	user, rest, ok := strings.Cut(text, "@")
	if !ok || user == "" {
		return Target{}, fmt.Errorf("%q: %w", text, errTarget)
	}
	t := Target{User: user, Port: port}
	if inner, ok := strings.CutPrefix(rest, "["); ok {
		t.Host, rest, ok = strings.Cut(inner, "]")
		if !ok || net.ParseIP(t.Host) == nil || !strings.HasPrefix(rest, ":") {
			return Target{}, fmt.Errorf("%q: %w", text, errTarget)
		}
		t.Path = rest[1:]
	} else if t.Host, t.Path, ok = strings.Cut(rest, ":"); !ok {
		return Target{}, fmt.Errorf("%q: the colon after the machine is missing: %w", text, errTarget)
	}
	if t.Host == "" || strings.ContainsAny(t.Host, "/ \t") {
		return Target{}, fmt.Errorf("%q: %w", text, errTarget)
	}
	return t, nil
}
