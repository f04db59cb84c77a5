package matrix

import (
	"bufio"
	_ "embed"
	"fmt"
	"regexp"
	"strings"

	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/tests/judge"
)

// Outcome is what a cell came to, as the support table shows it.
type Outcome string

// Impossible: no such driver exists for that Windows, or it does not start by
// the firmware of such machines.
const Impossible Outcome = "–"

// Inbox: Windows has the driver itself.
func Inbox(service string) Outcome { return Outcome(strings.ToLower(service)) }

// Package: the driver of a package at hand was put in.
func Package(service string) Outcome { return Outcome("**" + strings.ToLower(service) + "**") }

// Needs: the refusal names the package.
func Needs(name string) Outcome { return Outcome("needs " + name) }

//go:embed testdata/packages.txt
var packagesText string

// wanted lists the words of which a refusal for the controller has to have one.
func wanted(c machine.Controller) ([]string, error) {
	keys := []string{c.ID(), fmt.Sprintf("class:%04x", c.SubClass())}
	if c.Bus == machine.VMBus {
		keys = []string{"vmbus"}
	}
	if c.Bus == machine.USB {
		keys = []string{"usb"}
	}
	for _, key := range keys {
		lines := bufio.NewScanner(strings.NewReader(packagesText))
		for lines.Scan() {
			if f := strings.Fields(lines.Text()); len(f) > 1 && f[0] == key {
				return f[1:], nil
			}
		}
	}
	return nil, fmt.Errorf("testdata/packages.txt has nothing for %s", c)
}

// otherMachine is how a refusal says that there is no driver for this Windows
// and what to do instead.
var otherMachine = regexp.MustCompile(`(?i)there is no driver\b`)

// refused reads what a refusal asks for first.
func refused(c machine.Controller, text string) (Outcome, error) {
	words, err := wanted(c)
	if err != nil {
		return "", err
	}
	first, at := "", len(text)
	if m := otherMachine.FindStringIndex(text); m != nil {
		first, at = string(Impossible), m[0]
	}
	for _, w := range words {
		if m := regexp.MustCompile(`(?i)\b` + regexp.QuoteMeta(w) + `\b`).FindStringIndex(text); m != nil && m[0] < at {
			first, at = w, m[0]
		}
	}
	switch first {
	case string(Impossible):
		return Impossible, nil
	case "":
		return "", fmt.Errorf("the refusal names none of %v: %s", words, text)
	}
	return Needs(first), nil
}

// judged is the controller as the judge takes it.
func judged(c machine.Controller) judge.Controller {
	return judge.Controller{Vendor: c.Vendor, Device: c.Device, SubVendor: c.SubVendor, SubDevice: c.SubDevice,
		Revision: c.Revision, Class: c.Class, VMBus: c.VMBusClass}
}
