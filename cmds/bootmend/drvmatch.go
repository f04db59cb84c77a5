package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/bootmend/bootmend/initramfs/inject"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/report"
)

// drvMatchDoc is what drv match --json prints. Fields are added, never renamed.
type drvMatchDoc struct {
	header
	Windows []matchWindowsDoc `json:"windows"`
	// NotRead are sources that were named and cannot be read.
	NotRead []string `json:"not_read,omitempty"`
}

type matchWindowsDoc struct {
	ID          string     `json:"id"`
	Label       string     `json:"label"`
	Controllers []matchDoc `json:"controllers"`
}

// matchDoc is what one controller would get.
type matchDoc struct {
	ID      string   `json:"id"`
	Name    string   `json:"name,omitempty"`
	State   string   `json:"state"`   // "starts", "offer", "doubtful-offer", "need", "unknown"
	Drivers []string `json:"drivers"` // services, the controller's first
	From    string   `json:"from,omitempty"`
	Why     []string `json:"why,omitempty"`
	Doubts  []string `json:"doubts,omitempty"`
	Provide string   `json:"provide,omitempty"`
	Refused []string `json:"refused,omitempty"` // what was found and cannot be used
	// Problems are what could not be read where packages were looked for.
	Problems []string `json:"problems,omitempty"`
	Error    string   `json:"error,omitempty"`
}

// The states of a match.
const (
	matchStarts   = "starts"
	matchOffer    = "offer"
	matchDoubtful = "doubtful-offer"
	matchNeed     = "need"
	matchUnknown  = "unknown"
)

// match says which driver each controller of a machine would get.
func (d *drvTool) match(disks []string) error {
	profiles, err := d.profiles()
	if err != nil {
		return err
	}
	notRead := d.leaveOutUnread()
	p, meant, done, err := d.inspect(disks)
	if err != nil {
		return err
	}
	defer done()
	doc := drvMatchDoc{Windows: []matchWindowsDoc{}, NotRead: notRead}
	if len(notRead) > 0 { // what is said of the rest may be another with it
		*d.code = report.ExitPerson
	}
	for _, w := range meant {
		one := matchWindowsDoc{ID: w.ID, Label: w.Label(), Controllers: []matchDoc{}}
		controllers, err := controllersOf(w, profiles)
		if err != nil {
			return err
		}
		for _, c := range controllers {
			m := matchOf(p, w, c)
			one.Controllers = append(one.Controllers, m)
			*d.code = max(*d.code, m.code())
		}
		doc.Windows = append(doc.Windows, one)
		if !d.flags.json {
			d.writeMatches(one)
		}
	}
	if !d.flags.json {
		for _, source := range notRead {
			fmt.Fprintf(d.out, "NOT READ %s\n", printable(source))
		}
		return nil
	}
	doc.header = drvHeader("match", *d.code)
	return d.print(doc)
}

// leaveOutUnread takes sources that cannot be read from those that are named, and
// says which and why; the others are matched all the same.
func (d *drvTool) leaveOutUnread() []string {
	var readable, notRead []string
	for _, path := range d.flags.drivers {
		trees, err := openMedia([]string{path})
		if err == nil {
			if _, err = trees[0].ReadDir(`\`); err != nil {
				err = fmt.Errorf("--drivers %s: %w", path, err)
			}
		}
		if err != nil {
			notRead = append(notRead, err.Error())
			continue
		}
		readable = append(readable, path)
	}
	d.flags.drivers = readable
	return notRead
}

// controllersOf are the controllers of the machines, each once.
func controllersOf(w *inspect.Installation, profiles []string) ([]machine.Controller, error) {
	var all []machine.Controller
	for _, name := range profiles {
		if name == "here" {
			if c := w.Volume.Disk.Controller; c != nil {
				return []machine.Controller{*c}, nil
			}
			return nil, usageError{errors.New("which controller the disk hangs on is not known: give --machine or --id")}
		}
		m, err := machine.Profile(name)
		if err != nil {
			return nil, usageError{err}
		}
		for _, c := range m.Controllers {
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	return all, nil
}

func matchOf(p *inspect.Patient, w *inspect.Installation, c machine.Controller) matchDoc {
	m := matchDoc{ID: c.ID(), Name: c.Name, State: matchUnknown, Drivers: []string{}}
	if by, err := inject.Starts(w, c); err == nil && by != "" {
		m.State, m.From = matchStarts, "this Windows as it is"
		m.Drivers = strings.Split(by, " and ")
		return m
	}
	offer, err := inject.For(p, w, c)
	if need, ok := inject.IsNeed(err); ok {
		m.State, m.Provide = matchNeed, need.Provide()
		m.passedOver(need.Refusals, need.Problems)
		if len(need.Searched) > 0 {
			m.Why = []string{"searched: " + strings.Join(need.Searched, ", ")}
		}
		return m
	}
	if err != nil {
		m.Error = err.Error()
		return m
	}
	if _, err := inject.Steps(w, offer.Drivers...); err != nil {
		m.Error = fmt.Sprintf("%s cannot be put in: %v", offer.From, err)
		return m
	}
	m.passedOver(offer.Refusals, offer.Problems)
	m.State, m.Drivers, m.From, m.Doubts = matchOffer, offer.Names(), offer.From, offer.Doubts
	if len(offer.Doubts) > 0 {
		m.State = matchDoubtful
	}
	for _, e := range offer.Origin {
		m.Why = append(m.Why, e.String())
	}
	return m
}

func (m *matchDoc) passedOver(refusals []*inject.Refusal, problems []error) {
	for _, r := range refusals {
		m.Refused = append(m.Refused, r.Driver+": "+r.Sentence)
	}
	for _, err := range problems {
		m.Problems = append(m.Problems, err.Error())
	}
}

// code is the exit code that the match stands for.
func (m matchDoc) code() int {
	switch m.State {
	case matchStarts:
		return report.ExitOK
	case matchOffer, matchDoubtful:
		return report.ExitRepairable
	}
	return report.ExitPerson
}

func (d *drvTool) writeMatches(w matchWindowsDoc) {
	fmt.Fprintf(d.out, "%s: %s\n", w.ID, printable(w.Label))
	for _, m := range w.Controllers {
		say := func(what, text string) { fmt.Fprintf(d.out, "      %s%s\n", what, printable(text)) }
		fmt.Fprintf(d.out, "  %s %s: %s %s\n", m.ID, printable(m.Name), m.State, strings.Join(m.Drivers, ", "))
		if m.From != "" {
			say("from ", m.From)
		}
		for _, why := range m.Why {
			say("because ", why)
		}
		for _, doubt := range m.Doubts {
			say("DOUBT ", doubt)
		}
		for _, r := range m.Refused {
			say("NOT USED ", r)
		}
		for _, problem := range m.Problems {
			say("NOT READ ", problem)
		}
		if m.Provide+m.Error != "" {
			say("", m.Provide+m.Error)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// printable keeps what a disk calls itself from steering the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
