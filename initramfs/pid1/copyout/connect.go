package copyout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// Errors of Connect.
var (
	ErrHostKey   = errors.New("the key of the other machine was not confirmed")
	ErrOtherKey  = errors.New("the other machine has another key than before: it is not the same machine, or somebody is in between")
	ErrNoPerson  = errors.New("nobody is there to be asked")
	errNoSession = errors.New("the other machine offers no file transfer (SFTP)")
)

// Person is asked. Both give ErrNoPerson where there is no terminal.
type Person interface {
	Line(prompt string) (string, error)
	Secret(prompt string) (string, error) // what is typed is not shown
}

// Options say how to get in.
type Options struct {
	Person  Person
	KeyFile string // private key of the person, "" for a password
	// HostKey is the fingerprint that the other machine must have, as
	// "SHA256:...": nobody is asked then.
	HostKey string
	Known   string // file that keeps confirmed fingerprints, "" for none
	Say     io.Writer
}

const (
	dialTime  = 20 * time.Second
	loginTime = 2 * time.Minute // a person types in it
)

// Client is a connection to the other machine.
type Client struct {
	conn  *ssh.Client
	files *sftp.Client
	say   io.Writer
}

// Connect comes in to the other machine.
func Connect(ctx context.Context, t Target, o Options) (*Client, error) {
	config := &ssh.ClientConfig{User: t.User, ClientVersion: "SSH-2.0-bootmend",
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			return o.checkHost(t.Address(), ssh.FingerprintSHA256(key))
		}}
	var err error
	if config.Auth, err = o.methods(t); err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: dialTime}
	raw, err := dialer.DialContext(ctx, "tcp", t.Address())
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	_ = raw.SetDeadline(time.Now().Add(loginTime))
	conn, channels, requests, err := ssh.NewClientConn(raw, t.Address(), config)
	if err != nil {
		stop()
		raw.Close()
		return nil, fmt.Errorf("%s: %w", t.Address(), err)
	}
	_ = raw.SetDeadline(time.Time{})
	c := &Client{conn: ssh.NewClient(conn, channels, requests), say: o.Say}
	// Several requests at once: a file has its name only when all were answered.
	if c.files, err = sftp.NewClient(c.conn, sftp.UseConcurrentWrites(true)); err != nil {
		c.conn.Close()
		return nil, fmt.Errorf("%s: %w: %w", t.Address(), errNoSession, err)
	}
	return c, nil
}

// Close ends the connection.
func (c *Client) Close() error { return errors.Join(c.files.Close(), c.conn.Close()) }

// methods are how the person may come in.
func (o Options) methods(t Target) ([]ssh.AuthMethod, error) {
	if o.KeyFile != "" {
		signer, err := o.readKey()
		if err != nil {
			return nil, err
		}
		return []ssh.AuthMethod{ssh.PublicKeys(signer)}, nil
	}
	prompt := fmt.Sprintf("Password of %s on %s: ", t.User, t.Host)
	const tries = 3
	password := ssh.PasswordCallback(func() (string, error) { return o.Person.Secret(prompt) })
	// What many servers call keyboard-interactive is a password, too.
	questions := ssh.KeyboardInteractive(func(_, instruction string, asked []string, shown []bool) ([]string, error) {
		if instruction != "" {
			fmt.Fprintln(o.Say, plain(instruction))
		}
		answers := make([]string, len(asked))
		for i, q := range asked {
			ask := o.Person.Secret
			if shown[i] {
				ask = o.Person.Line
			}
			var err error
			if answers[i], err = ask(plain(q)); err != nil {
				return nil, err
			}
		}
		return answers, nil
	})
	return []ssh.AuthMethod{ssh.RetryableAuthMethod(password, tries), ssh.RetryableAuthMethod(questions, tries)}, nil
}

// plain is text of the other machine without what could move the cursor.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F || r >= 0x80 && r < 0xA0 {
			return ' '
		}
		return r
	}, s)
}

func (o Options) readKey() (ssh.Signer, error) {
	text, err := os.ReadFile(o.KeyFile)
	if err != nil {
		return nil, err
	}
	signer, err := ssh.ParsePrivateKey(text)
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) {
		var phrase string
		if phrase, err = o.Person.Secret("Passphrase of " + o.KeyFile + ": "); err == nil {
			signer, err = ssh.ParsePrivateKeyWithPassphrase(text, []byte(phrase))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.KeyFile, err)
	}
	return signer, nil
}

// checkHost: the key is the one that was named, or confirmed before, or a person
// confirms it.
func (o Options) checkHost(address, fingerprint string) error {
	switch known := o.known(address); {
	case o.HostKey != "" && o.HostKey == fingerprint, o.HostKey == "" && known == fingerprint:
		return nil
	case o.HostKey != "":
		return fmt.Errorf("%w: it is %s", ErrOtherKey, fingerprint)
	case known != "":
		return fmt.Errorf("%w: it was %s and is %s", ErrOtherKey, known, fingerprint)
	}
	fmt.Fprintf(o.Say, "%s has the key %s.\nssh-keygen -l -f on the files /etc/ssh/ssh_host_*_key.pub over there shows the same.\n", address, fingerprint)
	answer, err := o.Person.Line("Is it that machine? Type yes: ")
	if err != nil {
		return fmt.Errorf("%w (--host-key %s would say so): %w", ErrHostKey, fingerprint, err)
	}
	if strings.TrimSpace(answer) != "yes" {
		return ErrHostKey
	}
	return o.remember(address, fingerprint)
}

// known is the fingerprint that was confirmed for an address, "" for none.
func (o Options) known(address string) string {
	text, err := os.ReadFile(o.Known)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == address {
			return f[1]
		}
	}
	return ""
}

func (o Options) remember(address, fingerprint string) error {
	if o.Known == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(o.Known), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(o.Known, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%s %s\n", address, fingerprint)
	return errors.Join(err, f.Close())
}
