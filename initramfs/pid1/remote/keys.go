package remote

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/crypto/ssh"
)

// ErrNoKey is wrapped where a text names no key.
var ErrNoKey = errors.New("no SSH key")

// ParseKeys reads the keys of people who may come in. The text is that of an
// authorized_keys file, or, as it fits on a kernel command line, keys with commas
// between them, each as its base64 part ("AAAAC3Nza..."), with its type before it
// after a colon or "%20", or a whole line in base64. Options of authorized_keys are
// refused: they are there to forbid something, and nobody would.
func ParseKeys(text string) ([]ssh.PublicKey, error) {
	var all []ssh.PublicKey
	var problems []error
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if key, err := parseLine(line); err == nil {
			all = append(all, key)
			continue
		}
		for word := range strings.SplitSeq(line, ",") {
			keys, err := parseWord(strings.TrimSpace(word))
			if err != nil {
				problems = append(problems, err)
				continue
			}
			all = append(all, keys...)
		}
	}
	if len(all) == 0 && len(problems) == 0 {
		return nil, ErrNoKey
	}
	return all, errors.Join(problems...)
}

// parseLine reads a line of authorized_keys.
func parseLine(line string) (ssh.PublicKey, error) {
	key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		return nil, err
	}
	if len(options) > 0 {
		return nil, fmt.Errorf("%w: options are not known: %s", ErrNoKey, strings.Join(options, ","))
	}
	return key, nil
}

// parseWord reads a key as it stands on a command line.
func parseWord(word string) ([]ssh.PublicKey, error) {
	if plain, err := url.PathUnescape(word); err == nil {
		word = plain
	}
	if _, blob, typed := strings.Cut(word, ":"); typed {
		word = blob
	}
	if key, err := parseLine(word); err == nil {
		return []ssh.PublicKey{key}, nil
	}
	raw, err := decode(word)
	if err != nil {
		return nil, fmt.Errorf("%w in %.40q", ErrNoKey, word)
	}
	if key, err := ssh.ParsePublicKey(raw); err == nil {
		return []ssh.PublicKey{key}, nil
	}
	if bytes.HasPrefix(raw, []byte("ssh-")) || bytes.HasPrefix(raw, []byte("ecdsa-")) || bytes.HasPrefix(raw, []byte("sk-")) {
		return ParseKeys(string(raw)) // a file in base64
	}
	return nil, fmt.Errorf("%w in %.40q", ErrNoKey, word)
}

// decode takes base64 of both alphabets, with padding or without.
func decode(s string) ([]byte, error) {
	s = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	return base64.RawStdEncoding.DecodeString(s)
}

// NewHostKey makes a key for this start.
func NewHostKey() (ssh.Signer, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return ssh.NewSignerFromKey(private)
}
