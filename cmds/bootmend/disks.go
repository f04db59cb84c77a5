package main

import (
	"errors"
	"os"
	"strings"

	"github.com/bootmend/bootmend/initramfs/block/bitlocker"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/pid1"
	"github.com/bootmend/bootmend/initramfs/repair"
	"github.com/bootmend/bootmend/initramfs/session"
)

// builtIn is where mkrescue iso --drivers-in-memory puts driver packages.
const builtIn = "/drivers"

// keyVariable names keys of BitLocker, separated by commas, for all commands: those
// of a command line are seen by others, and stay in its history.
const keyVariable = bitlocker.KeyVariable

func spareKeys() []string {
	keys := strings.FieldsFunc(os.Getenv(keyVariable), func(r rune) bool { return r == ',' })
	if inImage() {
		built, _ := os.ReadFile("/" + pid1.BitLockerKeysPath) // mostly there is none
		keys = append(keys, strings.Fields(string(built))...)
	}
	return keys
}

// openSession opens what the command line names.
func openSession(p session.Place) (*session.Session, error) {
	if inImage() {
		p.Image = builtIn
	}
	p.SpareKeys = spareKeys()
	s, err := session.Open(p)
	if errors.Is(err, session.ErrUsage) {
		err = usageError{err}
	}
	return s, err
}

// openDisks is openSession for commands that only need the disks.
func openDisks(profile string, paths []string) (*machine.Machine, []inspect.Source, func(), error) {
	s, err := openSession(session.Place{Profile: profile, Disks: paths})
	if err != nil {
		return nil, nil, nil, err
	}
	return s.Machine, s.Sources, s.Close, nil
}

// recoverOpen finishes open journals, if there are any.
func recoverOpen(m *machine.Machine, sources []inspect.Source, stateDir string) ([]repair.Recovered, error) {
	return session.Recover(m, sources, stateDir)
}
