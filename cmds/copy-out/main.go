// Command copy-out copies files from the shell of the rescue image to another machine
// by SSH.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"

	"github.com/bootmend/bootmend/initramfs/pid1/copyout"
)

const usage = `usage: copy-out [-r] [-P PORT] [-i KEYFILE] [-host-key SHA256:...] FILE... USER@HOST:PATH

Copies files to another machine by SSH (SFTP). PATH is a folder, which ends in / where
it is to be made, or the new name; nothing after the colon is the home folder. Files
that are there already stay. "dhcp" asks for a network address first.

`

// knownHosts keeps what was confirmed, as long as the image runs.
const knownHosts = "/run/bootmend/known-hosts"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string) int {
	flags := flag.NewFlagSet("copy-out", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), usage)
		flags.PrintDefaults()
	}
	recursive := flags.Bool("r", false, "copy folders with all that is in them")
	port := flags.Int("P", 22, "port of the SSH server")
	o := copyout.Options{Person: person{}, Known: knownHosts, Say: os.Stderr}
	flags.StringVar(&o.KeyFile, "i", "", "private key instead of a password")
	flags.StringVar(&o.HostKey, "host-key", "", "fingerprint that the other machine must have; nobody is asked then")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	names := flags.Args()
	if len(names) < 2 {
		flags.Usage()
		return 2
	}
	target, err := copyout.ParseTarget(names[len(names)-1], *port)
	if err != nil {
		fmt.Fprintln(os.Stderr, "copy-out:", err)
		return 2
	}
	if err := copyOut(ctx, target, names[:len(names)-1], o, *recursive); err != nil {
		fmt.Fprintln(os.Stderr, "copy-out:", err)
		return 1
	}
	return 0
}

func copyOut(ctx context.Context, t copyout.Target, names []string, o copyout.Options, recursive bool) error {
	c, err := copyout.Connect(ctx, t, o)
	if err != nil {
		return err
	}
	defer c.Close()
	done, err := c.Copy(ctx, names, t.Path, recursive)
	fmt.Printf("%d files, %d bytes copied to %s\n", done.Files, done.Bytes, t.Host)
	if done.PassedOver > 0 {
		fmt.Printf("%d links and devices were passed over\n", done.PassedOver)
	}
	for _, f := range done.Failed {
		fmt.Fprintln(os.Stderr, "copy-out: not copied:", f)
	}
	if err == nil && len(done.Failed) > 0 {
		err = fmt.Errorf("%d files or folders were not copied", len(done.Failed))
	}
	return err
}

// person is who sits at the terminal.
type person struct{}

// Line implements copyout.Person.
func (person) Line(prompt string) (string, error) {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return "", copyout.ErrNoPerson
	}
	fmt.Fprint(os.Stderr, prompt)
	line, err := bufio.NewReaderSize(os.Stdin, 16).ReadString('\n')
	if errors.Is(err, io.EOF) && line != "" {
		err = nil
	}
	return strings.TrimRight(line, "\r\n"), err
}

// Secret implements copyout.Person.
func (person) Secret(prompt string) (string, error) {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return "", copyout.ErrNoPerson
	}
	fmt.Fprint(os.Stderr, prompt)
	text, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(os.Stderr)
	return string(text), err
}
