package pid1

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// DHCP is the command of that name: it loads the drivers of all network cards, asks
// for an address, and shows what came. It runs in a process of its own, never in
// process 1. args go to dhclient; none: as quick as a person waits.
func DHCP(args []string, out io.Writer) error {
	if err := loadForAll(out); err != nil {
		return err
	}
	cards, err := filepath.Glob("/sys/class/net/*/device")
	if err != nil {
		return err
	}
	if len(cards) == 0 {
		return errors.New("there is no network card that this image has a driver for")
	}
	if len(args) == 0 {
		args = []string{"-ipv6=false", "-timeout", "10", "-retry", "3"}
	}
	for _, argv := range [][]string{append([]string{"/bbin/dhclient"}, args...), {"/bbin/ip", "addr"}} {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Stdout, cmd.Stderr = out, out
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(argv[0]), err)
		}
	}
	return nil
}

// loadForAll loads what all devices in sysfs ask for, those too that were left
// out at the start.
func loadForAll(out io.Writer) error {
	loader, err := newLoader()
	if err != nil {
		return err
	}
	plug := &coldplug{sys: os.DirFS("/sys"), loader: loader,
		report: func(alias string, err error) { fmt.Fprintf(out, "%v (for %s)\n", err, alias) }}
	for range 5 {
		if plug.round() == 0 {
			break
		}
		time.Sleep(200 * time.Millisecond) // a bus that was found shows what is on it
	}
	var all error
	for _, name := range loader.Index.Resolve("af_packet") {
		all = errors.Join(all, plug.loader.Load(name))
	}
	return all
}
